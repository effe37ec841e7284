import { CurfewError } from '../core/errors.ts';

/** The form in which names are kept and looked for: the same letters typed on another keyboard are the same name. */
export function usernameForm(username: string): string {
  return username.normalize('NFC');
}

/** What makes a name look like another one, and what is said of it. The first that applies is told. */
const lookAlikes: readonly { readonly isIn: (name: string) => boolean; readonly message: string }[] = [
  { isIn: (name) => name.trim() !== name, message: 'must not begin or end with a blank' },
  { isIn: (name) => name.includes('  '), message: 'must not hold two blanks in a row' },
  {
    isIn: (name) => /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u.test(name),
    message: 'must not hold characters that are invisible or turn the direction of writing',
  },
  {
    isIn: (name) => /^\p{M}/u.test(name),
    message: 'must not begin with a mark that belongs to the letter before it',
  },
  // As RFC 8264 section 9.17 leaves them out of identifiers.
  {
    isIn: (name) => name.normalize('NFKC') !== name,
    message: 'must not hold characters that stand for others, such as wide letters or special blanks',
  },
];

/**
 * Refuses the name of a new account that people could not tell from another one, or could not type.
 * @throws CurfewError `invalid_input` that says what is wrong with it
 */
export function demandDistinctUsername(username: string): void {
  const name = usernameForm(username);
  const found = lookAlikes.find(({ isIn }) => isIn(name));
  if (found === undefined) return;
  throw new CurfewError('invalid_input', `The username ${found.message}.`, {
    faults: [{ path: 'username', message: found.message }],
  });
}
