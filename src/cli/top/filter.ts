import type { Selector } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';

/** The names that a filter may have, with the field of the selector that each means. */
const fields: Readonly<Record<string, (value: string) => Selector>> = {
  user: (username) => ({ username }),
  realm: (realm) => ({ realm }),
  provider: (text) => {
    const [type = '', name] = text.includes('/') ? splitOnce(text) : [undefined, text];
    return { provider: { ...(type === '' ? {} : { type }), ...(name === '' ? {} : { name }) } };
  },
  app: (app) => ({ app }),
  ip: (ip) => ({ ip }),
};

export const filterHint = 'ann, or any of user=ann realm=eu provider=saml/corp app=mail ip=192.0.2.0/24';

/**
 * Reads what a person types to see fewer sessions: a user name, or pairs of name and value. Quotes hold blanks together.
 * @throws CurfewError `invalid_input` for a name that means nothing
 */
export function parseFilter(text: string): Selector {
  let selector: Selector = {};
  for (const word of wordsOf(text)) {
    const [name, value] = word.includes('=') ? splitOnce(word, '=') : ['user', word];
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined || value === '') {
      throw new CurfewError('invalid_input', `${JSON.stringify(word)} filters nothing; say ${filterHint}.`);
    }
    selector = { ...selector, ...field(value) };
  }
  return selector;
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}

function splitOnce(text: string, separator = '/'): [string, string] {
  const place = text.indexOf(separator);
  return [text.slice(0, place), text.slice(place + 1)];
}
