import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { BerReader, EqualityFilter, ExtensibleFilter, PresenceFilter, SearchRequest } from 'ldapts';
import { freePort } from '../../support/ports.ts';

/** A search as the server was asked it. */
export interface AskedSearch {
  readonly base: string;
  readonly filter: string;
}

type Attributes = Readonly<Record<string, readonly string[]>>;

/**
 * A server that answers the few questions of a sign-in as Active Directory documents it, for it cannot be started here: it
 * names its capability in its root entry, knows LDAP_MATCHING_RULE_IN_CHAIN, and gives a user's own groups in `memberOf`.
 */
export async function startActiveDirectory(
  t: Pick<TestContext, 'after'>,
  /** Entries by their distinguished names. */
  entries: Readonly<Record<string, Attributes>>,
  /** The groups of each entry, those of its groups among them. */
  groupsInChain: Readonly<Record<string, readonly string[]>>,
): Promise<{ url: string; asked: () => readonly AskedSearch[] }> {
  const asked: AskedSearch[] = [];
  const sockets = new Set<Socket>();

  function found(request: SearchRequest): string[] {
    const { baseDN: base, filter, scope } = request;
    asked.push({ base, filter: filter.toString() });
    if (scope === 'base') return base in entries ? [base] : [];
    // Active Directory searches its root from no ordinary port.
    const below = Object.keys(entries).filter((dn) => base !== '' && dn.endsWith(base));
    if (filter instanceof ExtensibleFilter && filter.rule === '1.2.840.113556.1.4.1941') {
      return below.filter((dn) => groupsInChain[filter.value]?.includes(dn));
    }
    if (filter instanceof EqualityFilter) {
      const { attribute, value } = filter;
      return below.filter((dn) => named(entries[dn] ?? {}, attribute).includes(String(value)));
    }
    return filter instanceof PresenceFilter ? below : [];
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (let rest = data; rest.length > 0; ) {
        const reader = new BerReader(rest);
        reader.readSequence();
        const message = rest.subarray(0, reader.offset + reader.length);
        rest = rest.subarray(message.length);
        const id = reader.readInt() ?? 0;
        const operation = reader.readSequence();
        if (operation === 0x60) socket.write(resultOf(id, 0x61));
        if (operation !== 0x63) continue;
        const request = new SearchRequest({ messageId: id, filter: new PresenceFilter() });
        request.parseMessage(reader);
        for (const dn of found(request)) socket.write(entryOf(id, dn, entries[dn] ?? {}, request.attributes));
        socket.write(resultOf(id, 0x65));
      }
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `ldap://127.0.0.1:${port}`, asked: () => asked };
}

function named(attributes: Attributes, name: string): readonly string[] {
  const key = Object.keys(attributes).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? [] : (attributes[key] ?? []);
}

/** A value with its tag and length (X.690). */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const text = (value: string): Buffer => tagged(0x04, Buffer.from(value));
const message = (id: number, content: Buffer): Buffer =>
  tagged(0x30, tagged(0x02, Buffer.from([id])), content);

function resultOf(id: number, tag: number): Buffer {
  return message(id, tagged(tag, tagged(0x0a, Buffer.from([0])), text(''), text('')));
}

function entryOf(id: number, dn: string, attributes: Attributes, wanted: readonly string[]): Buffer {
  // What is cut short comes under another name than was asked for.
  const isWanted = (name: string): boolean => wanted.includes((name.split(';')[0] ?? '').toLowerCase());
  const given = Object.entries(attributes)
    .filter(([name]) => isWanted(name))
    .map(([name, values]) => tagged(0x30, text(name), tagged(0x31, ...values.map(text))));
  return message(id, tagged(0x64, text(dn), tagged(0x30, ...given)));
}
