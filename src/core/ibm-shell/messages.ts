import { type CurfewError, errorTable } from '../errors.ts';
import { visible } from '../visible.ts';

/**
 * Numbers and texts of messages. A status number is the base of its component plus the number of the message, so
 * 0x14c012f2 is HPDMG0754. The texts are ours; only identifiers and numbers are those that scripts know.
 */
const bases: Readonly<Record<string, number>> = {
  HPDMG: 0x14c01000,
  HPDMS: 0x14c52000,
  HPDBF: 0x30695000,
  DPWCA: 0x389d0000,
  DPWWA: 0x38cf0000,
  CTGSI: 0x38c58000,
};

const texts: Readonly<Record<string, string>> = {
  HPDMG0754W: 'There is no such entry. Check the name; the list command of its kind shows which there are.',
  DPWWA2043I: 'The credential of the user was read anew.',
  CTGSI0300I: 'The operation was carried out.',
  CTGSI0301E: 'The session authority cannot do its work at the moment; its log says why.',
  CTGSI0302W: 'The client has not registered with the session authority.',
  CTGSI0303E: 'The caller is not known, or may not do this.',
  CTGSI0304W: 'The user has as many sessions as the policy allows.',
  CTGSI0305W: 'There is one with this name or identifier already.',
  CTGSI0306E: 'There is no such realm or replica set.',
  CTGSI0307E: 'The client has not joined the replica set it speaks of.',
  CTGSI0308E: 'The value by which sessions of a user are counted would not be valid.',
  CTGSI0309W: 'It was changed meanwhile; read it again, then decide.',
  CTGSI0310W: 'The capabilities of the client do not fit those of the session authority.',
  CTGSI0311E: 'No new key could be made.',
  CTGSI0312W: 'There is no such session, or it has ended.',
  CTGSI0313E: 'A value or the form of the command is not valid.',
  CTGSI0314E: 'Another client has registered with this identifier.',
};

/** What is known of a status number. */
export interface Message {
  /** Such as `CTGSI0312W`; without its last letter where the message itself is not known. */
  readonly id: string;
  readonly status: number;
  readonly text: string | undefined;
}

const byStatus: ReadonlyMap<number, Message> = new Map(
  Object.entries(texts).map(([id, text]) => {
    const status = (bases[id.slice(0, 5)] as number) + Number(id.slice(5, 9));
    return [status, { id, status, text }];
  }),
);

/** The message of a status number, or undefined when not even its component is known. */
export function messageOf(status: number): Message | undefined {
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  for (const [component, base] of Object.entries(bases)) {
    const number = status - base;
    if (number < 0 || number > 0xfff) continue;
    return { id: component + String(number).padStart(4, '0'), status, text: undefined };
  }
  return undefined;
}

/** A status as it is printed: `0x38c58138`. */
export function statusText(status: number): string {
  return `0x${status.toString(16).padStart(8, '0')}`;
}

/** What a failed command says, on two lines: that it failed, and why, with message identifier and status. */
export function failureText(error: CurfewError): string {
  return `Could not perform the administration request.\n${failureLine(error)}`;
}

/** Why something failed, on one line, with message identifier and status. */
export function failureLine({ code, message }: CurfewError): string {
  const status = errorTable[code].ibm;
  const id = messageOf(status)?.id ?? 'CTGSI0301E';
  return `Error: ${id} ${visible(message)} (status ${statusText(status)})`;
}
