import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { EventParser, type RawEvent } from '../../src/client/event-parser.ts';

/** What a parser makes of a text in pieces. */
function parsed(...pieces: readonly string[]): RawEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.take(piece));
}

it('Events are read as the format says: types, ids that stay, lines that are joined, and comments', () => {
  const text =
    'retry: 1000\n\nid: 1.2\nevent: sweep\ndata: {"a":1}\n\n:\n\ndata:one\ndata: two\n\nevent: nothing\n\nid\ndata: x\n\ndata: cut';
  assert.deepEqual(parsed(text), [
    { type: 'sweep', data: '{"a":1}', id: '1.2' },
    { type: 'message', data: 'one\ntwo', id: '1.2' },
    { type: 'message', data: 'x', id: '' },
  ]);
});

it('It does not matter where a stream is cut, nor how its lines end', () => {
  const event = fc.record({
    type: fc.constantFrom('a', 'b'),
    data: fc.string({ minLength: 1 }),
    id: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat({ max: 200 })),
      (events, end, cuts) => {
        const lines = events.flatMap(({ type, data, id }) => [
          `id: ${id}`,
          `event: ${type}`,
          `data: ${JSON.stringify(data)}`,
          '',
        ]);
        // A carriage return at the very end may be the first half of a line's end.
        const text = `${lines.join(end)}${end}:${end}`;
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length));
        const expected = events.map(({ type, data, id }) => ({
          type,
          data: JSON.stringify(data),
          id: String(id),
        }));
        assert.deepEqual(parsed(...pieces), expected);
      },
    ),
  );
});
