import { CurfewError } from '../../core/errors.ts';

/** What may be bound to a placeholder; a list becomes an array. */
export type SqlValue = string | number | boolean | null | Buffer | readonly (string | number | Buffer)[];

/** The values of a row in the order of the columns that were asked for. */
export type Row = readonly unknown[];

/** One statement with its values. A named one is prepared once per connection, where connections keep that. */
export interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
  readonly name?: string;
}

/** The placeholders of one statement: gives each value its number. */
export class Parameters {
  readonly values: SqlValue[] = [];

  /** The placeholder of a value, with the type that the server shall take it for. */
  add(value: SqlValue, type: string): string {
    this.values.push(whole(value));
    return `$${this.values.length}::${type}`;
  }
}

/** A statement whose text is made while its values are numbered. One with a name has always the same text. */
export function statement(make: (parameters: Parameters) => string, name?: string): Statement {
  const parameters = new Parameters();
  const made = make(parameters);
  // A value that the text has no use for is left out: the server could not tell its type.
  const used: number[] = [];
  const text = made.replaceAll(/\$(\d+)::/g, (_place, number: string) => {
    const index = Number(number) - 1;
    if (!used.includes(index)) used.push(index);
    return `$${used.indexOf(index) + 1}::`;
  });
  const values = used.map((index) => parameters.values[index] ?? null);
  return name === undefined ? { text, values } : { text, values, name };
}

/** The value as it is. The server knows no text with U+0000 in it. */
function whole(value: SqlValue): SqlValue {
  const texts = Array.isArray(value) ? value : [value];
  for (const text of texts) {
    if (typeof text === 'string' && text.includes('\0')) {
      const message = `The text ${JSON.stringify(text.slice(0, 100))} holds U+0000, which cannot be kept; send it without.`;
      throw new CurfewError('invalid_input', message);
    }
  }
  return value;
}
