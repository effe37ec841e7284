/** No field of any operation has a longer name, or other letters. */
const fieldPattern = /^[A-Za-z_][\w-]{0,39}$/;

/**
 * The name of a field as an error may repeat it: parts that no field could have are left out. What somebody pastes
 * where a name is expected may be a token or a password, and errors end up in logs.
 */
export function shownField(name: string): string {
  if (name === '') return '';
  return name
    .split('.')
    .map((part) => (fieldPattern.test(part) || /^\d{1,6}$/.test(part) ? part : '(left out)'))
    .join('.');
}
