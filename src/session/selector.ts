import { z } from 'zod';
import { addressToBytes, decimalAddress, parseNetwork } from '../core/address.ts';
import { CurfewError, type InputFault } from '../core/errors.ts';
import { shownField } from '../core/field-name.ts';
import { issueText } from '../core/issue-text.ts';
import type { Session } from './session.ts';

/** Letters that no name of a session has: a store would cut a text short at U+0000 and change half a surrogate pair. */
const hasOnlyNameLetters = (value: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(value);

const text = z
  .string()
  .min(1, 'an empty value names nothing; leave the field out instead')
  .max(1024)
  .refine(hasOnlyNameLetters, 'must not hold control characters or half a surrogate pair');
/** The most bytes of a provider's own key of a session, in UTF-8. */
const mostProviderSessionBytes = 512;
/** A provider's own key of one of its sessions, in selectors and in registrations. */
export const providerSessionSchema = text
  .max(mostProviderSessionBytes)
  .refine(
    (value) => Buffer.byteLength(value) <= mostProviderSessionBytes,
    `expected at most ${mostProviderSessionBytes} bytes`,
  )
  .describe("The provider's own key of its session: sid of OpenID Connect, SessionIndex of SAML");
const sessionId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected a session id, a UUID in lower case');
const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant such as 2031-05-01T10:00:00Z' })
  .meta({ format: 'date-time' });
const types = z.array(text).min(1, 'expected at least one type').max(100);
const providerSchema = z.strictObject({
  type: text.optional(),
  types: types.optional().describe('Of any of these types'),
  notTypes: types.optional().describe('Of none of these types'),
  name: text.optional(),
});

/**
 * The wire form of a selector: a conjunction. Every field that is present must match; ranges of time hold their start
 * and not their end. Unknown fields, empty texts and a selector without any condition are errors.
 */
export const selectorSchema = z
  .strictObject({
    all: z.literal(true).optional().describe('Every session; combines only with realm and except'),
    realm: text.optional().describe('Only this realm; without it every realm the caller may reach'),
    sessionIds: z.array(sessionId).min(1, 'expected at least one session id').max(1000).optional(),
    username: text.optional().describe('The login name, exact and case-sensitive'),
    subject: text.optional().describe("The provider's own id of the user, exact and case-sensitive"),
    provider: providerSchema
      .refine(
        (provider) => Object.values(provider).some((value) => value !== undefined),
        'expected type, types, notTypes or name',
      )
      .optional(),
    providerSession: providerSessionSchema
      .optional()
      .describe(
        "The provider's own key of its session, exact and case-sensitive. Keys of two providers may be the same, so it stands beside provider or realm",
      ),
    adminId: z.int().min(0).optional().describe('Sessions whose adminIds contain this number'),
    accessGroup: text.optional().describe('Sessions whose accessGroups contain this text'),
    app: text.optional(),
    ip: z
      .string()
      .refine(
        (value) => parseNetwork(value) !== undefined,
        'expected an address or a network such as 192.0.2.0/24',
      )
      .optional()
      .describe('Address or network in CIDR form, v4 or v6'),
    createdFrom: instant.optional(),
    createdTo: instant.optional(),
    lastAccessFrom: instant.optional(),
    lastAccessTo: instant.optional(),
    providerConfigVersionBelow: z.int().min(1).optional(),
    except: z.array(sessionId).min(1, 'expected at least one session id').max(1000).optional(),
  })
  .meta({ id: 'Selector', description: 'Which sessions: every field that is present must match' });

/** Which sessions. The canonical form is also what the ledger keeps, so instants stay ISO texts. */
export type Selector = z.infer<typeof selectorSchema>;

const scopeFields: ReadonlySet<string> = new Set(['realm', 'except']);

/**
 * Reads a selector from untrusted input.
 * @throws CurfewError `invalid_input` naming each field that is wrong, below `path`.
 */
export function parseSelector(input: unknown, path = 'selector'): Selector {
  const parsed = selectorSchema.safeParse(input, { error: issueText });
  if (!parsed.success) throw invalidSelector(parsed.error.issues.flatMap((issue) => faultsOf(issue, path)));
  const faults = conditionFaults(parsed.data, path);
  if (faults.length > 0) throw invalidSelector(faults);
  return parsed.data;
}

/** The faults that no single field shows: no condition at all, `all` beside another, a range that holds nothing. */
export function conditionFaults(selector: Selector, path = 'selector'): InputFault[] {
  const conditions = Object.entries(selector).filter(
    ([key, value]) => value !== undefined && !scopeFields.has(key),
  );
  const names = conditions.map(([key]) => key);
  const faults: InputFault[] = [];
  if (names.length === 0) {
    faults.push({ path, message: 'names no condition; to mean every session, say "all": true' });
  }
  if (selector.all === true && names.length > 1) {
    const others = names.filter((name) => name !== 'all').join(', ');
    faults.push({
      path: `${path}.all`,
      message: `stands alone, beside realm and except only; remove it or ${others}`,
    });
  }
  if (
    selector.providerSession !== undefined &&
    selector.provider === undefined &&
    selector.realm === undefined
  ) {
    faults.push({
      path: `${path}.providerSession`,
      message: 'may be the key of sessions of several providers; add provider, or realm',
    });
  }
  for (const [from, to] of [
    ['createdFrom', 'createdTo'],
    ['lastAccessFrom', 'lastAccessTo'],
  ] as const) {
    const start = selector[from];
    const end = selector[to];
    if (start !== undefined && end !== undefined && Date.parse(start) >= Date.parse(end)) {
      faults.push({
        path: `${path}.${to}`,
        message: `must be later than ${from}; the end is not part of the range`,
      });
    }
  }
  return faults;
}

function faultsOf(issue: z.core.$ZodIssue, path: string): InputFault[] {
  const place = [path, ...issue.path].join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path: place, message: issue.message }];
  const shape = issue.path[0] === 'provider' ? providerSchema.shape : selectorSchema.shape;
  const known = Object.keys(shape).join(', ');
  return issue.keys.map((key) => ({
    path: `${place}.${shownField(key)}`,
    message: `is not a field of a selector; known are ${known}`,
  }));
}

function invalidSelector(faults: readonly InputFault[]): CurfewError {
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  return new CurfewError('invalid_input', message, { faults });
}

/** A predicate over sessions. */
export type Matcher = (session: Session) => boolean;

/**
 * The meaning of a selector, in code. Its twin stands once per SQL dialect in the stores; a property test holds them
 * equal. The epoch is no part of it: the ledger compares that.
 */
export function compileSelector(selector: Selector): Matcher {
  const tests: Matcher[] = [];
  const { realm, username, subject, provider, providerSession, adminId, accessGroup, app } = selector;
  if (realm !== undefined) tests.push((session) => session.realm === realm);
  if (username !== undefined) tests.push((session) => session.username === username);
  if (subject !== undefined) tests.push((session) => session.subject === subject);
  if (provider?.type !== undefined) tests.push((session) => session.provider.type === provider.type);
  if (provider?.name !== undefined) tests.push((session) => session.provider.name === provider.name);
  if (providerSession !== undefined) tests.push((session) => session.providerSession === providerSession);
  if (provider?.types !== undefined) {
    const types = new Set(provider.types);
    tests.push((session) => types.has(session.provider.type));
  }
  if (provider?.notTypes !== undefined) {
    const types = new Set(provider.notTypes);
    tests.push((session) => !types.has(session.provider.type));
  }
  if (adminId !== undefined) tests.push((session) => session.adminIds.includes(adminId));
  if (accessGroup !== undefined) tests.push((session) => session.accessGroups.includes(accessGroup));
  if (app !== undefined) tests.push((session) => session.app === app);
  if (selector.sessionIds !== undefined) {
    const ids = new Set(selector.sessionIds);
    tests.push((session) => ids.has(session.id));
  }
  if (selector.except !== undefined) {
    const ids = new Set(selector.except);
    tests.push((session) => !ids.has(session.id));
  }
  if (selector.ip !== undefined) tests.push(networkTest(selector.ip));
  pushRange(tests, selector.createdFrom, selector.createdTo, (session) => session.createdAt);
  pushRange(tests, selector.lastAccessFrom, selector.lastAccessTo, (session) => session.lastAccessAt);
  const below = selector.providerConfigVersionBelow;
  if (below !== undefined) tests.push((session) => session.providerConfigVersion < below);
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (session) => {
    for (const test of tests) if (!test(session)) return false;
    return true;
  };
}

function networkTest(network: string): Matcher {
  const range = parseNetwork(network);
  if (range === undefined) return () => false;
  const from = placeOf(range.from);
  const to = placeOf(range.to);
  // An address of the other family is of the other type, and so compares as neither.
  return ({ client }) => {
    const place = client.ip === undefined ? undefined : readPlace(client.ip);
    return typeof place === typeof from && place !== undefined && place >= from && place <= to;
  };
}

/** Where an address lies among those of its family: a number for one of v4, a text of one letter a byte for one of v6. */
type Place = number | string;

// All the networks of a ledger are asked about one session after the other, so the address read last is kept.
let lastAddress: { readonly text: string; readonly place: Place | undefined } = {
  text: '',
  place: undefined,
};

function readPlace(text: string): Place | undefined {
  if (lastAddress.text !== text) {
    const usual = decimalAddress(text);
    const bytes = usual === undefined ? addressToBytes(text) : undefined;
    lastAddress = { text, place: bytes === undefined ? usual : placeOf(bytes) };
  }
  return lastAddress.place;
}

function placeOf(bytes: Buffer): Place {
  return bytes[0] === 4 ? bytes.readUInt32BE(1) : bytes.toString('latin1');
}

function pushRange(
  tests: Matcher[],
  from: string | undefined,
  to: string | undefined,
  read: (session: Session) => number,
): void {
  if (from === undefined && to === undefined) return;
  const start = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
  const end = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to);
  tests.push((session) => {
    const at = read(session);
    return at >= start && at < end;
  });
}
