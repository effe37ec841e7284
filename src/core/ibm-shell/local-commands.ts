import { CurfewError } from '../errors.ts';
import { formsBelow, type Grammar, syntaxOf } from './grammar.ts';
import { messageOf, statusText } from './messages.ts';

/** What `help` prints: the commands, or those that begin with the words given. @throws CurfewError `invalid_input` */
export function helpText(grammar: Grammar, topic = ''): string {
  const words = topic.split(/\s+/).filter((word) => word !== '');
  const forms = formsBelow(grammar, words);
  if (forms.length === 0) {
    throw new CurfewError(
      'invalid_input',
      'No command begins with these words; help alone lists all of them.',
    );
  }
  return forms.map((form) => `${syntaxOf(form)}\n    ${form.summary}`).join('\n');
}

/**
 * What `errtext` prints for a number in decimal or hexadecimal.
 * @throws CurfewError `invalid_input` for what is no number, `not_found` for a number of no message known here
 */
export function errtextText(text: string): string {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) {
    throw new CurfewError('invalid_input', 'errtext takes a number, such as 952467768 or 0x38c58138.');
  }
  const message = messageOf(Number(text));
  if (message === undefined) {
    throw new CurfewError('not_found', `The number ${text} belongs to no component that is known here.`);
  }
  return `${message.id} (${statusText(message.status)}): ${message.text ?? 'This message is not known here.'}`;
}
