import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { conditionFaults, type Selector, selectorSchema } from '../session/selector.ts';
import { type ListOrder, type ListPosition, listOrders } from '../session/store.ts';
import { withinBorder } from './border.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { formsOf } from './formed.ts';
import { type CallContext, operation } from './operation.ts';
import { instantSchema, sessionForm, sessionSchema } from './session-form.ts';

/** The fields of every list of sessions that say which page. */
export const pageFields = {
  limit: z.int().min(1).max(1000).default(100).describe('The most sessions in one answer'),
  cursor: z.string().min(1).max(512).optional().describe('nextCursor of the page before'),
} as const;

/** One page of a list. */
export const sessionPageSchema = z.object({
  sessions: z.array(sessionSchema).describe('The newest first unless `order` says otherwise'),
  nextCursor: z.string().optional().describe('Where the next page starts; absent on the last one'),
  count: z.int().optional().describe('The exact number over all pages, when it was asked for'),
});

const inputSchema = z.strictObject({
  ...selectorSchema.shape,
  state: z.enum(['live', 'ended', 'any']).default('live'),
  asOf: instantSchema.optional().describe('Answer as it was at this instant in the past'),
  revocation: z.int().min(1).optional().describe('Only sessions that this revocation ended'),
  count: z.literal('exact').optional().describe('Give the exact number over all pages too'),
  ...pageFields,
});

export const listSessions = operation({
  name: 'sessions.list',
  summary: 'List sessions',
  description:
    'Takes the fields of a selector as query parameters: `provider.type` and `provider.name` with a dot, `sessionIds` and `except` once per id. Without a condition it lists every session the caller may see. With `revocation` the state is `any` unless it is given.',
  http: { method: 'GET', path: '/v1/sessions' },
  permission: 'sessions.read',
  input: inputSchema.extend({
    state: z.enum(['live', 'ended', 'any']).optional().describe('live unless said otherwise'),
    order: z
      .enum(listOrders)
      .default('-createdAt')
      .describe('By creation or last access, with a minus the latest first'),
  }),
  output: sessionPageSchema,
  async run(input, context) {
    const { state, asOf, revocation, count, limit, cursor, order, ...selector } = input;
    return listPage(context, {
      selector: withinBorder(context.caller, selectorOf(selector)),
      state: state ?? (revocation === undefined ? 'live' : 'any'),
      asOf,
      revocation,
      count,
      limit,
      cursor,
      order,
    });
  },
});

export interface PageRequest {
  /** Already narrowed to what the caller may reach. */
  readonly selector: Selector;
  readonly state: 'live' | 'ended' | 'any';
  readonly asOf?: string | undefined;
  readonly revocation?: number | undefined;
  readonly count?: 'exact' | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** The newest first unless said otherwise. */
  readonly order?: ListOrder | undefined;
}

/** @throws CurfewError `invalid_input` for a spoilt cursor or an `asOf` in the future */
export async function listPage(
  { registry, clock }: CallContext,
  request: PageRequest,
): Promise<z.input<typeof sessionPageSchema>> {
  const { selector, state, asOf, revocation, limit, order = '-createdAt' } = request;
  const filter = {
    list: 'sessions',
    selector,
    state,
    asOf: asOf ?? null,
    revocation: revocation ?? null,
    ...(order === '-createdAt' ? {} : { order }),
  };
  const query = {
    selector,
    state,
    ...(asOf === undefined ? {} : { asOf: pastInstant(asOf, clock.now()) }),
    ...(revocation === undefined ? {} : { revocation }),
  };
  const after = request.cursor === undefined ? undefined : positionOf(request.cursor, filter);
  const page = await registry.list({ ...query, order, limit, ...(after === undefined ? {} : { after }) });
  return {
    sessions: formsOf(page.sessions, sessionForm),
    ...(page.next === undefined ? {} : { nextCursor: writeCursor([page.next.at, page.next.number], filter) }),
    ...(request.count === undefined ? {} : { count: await registry.count(query) }),
  };
}

/** A list may go without a condition, which harms nobody; a termination may not. */
export function selectorOf(fields: Selector): Selector {
  const names = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const selector: Selector = names.every((name) => name === 'realm' || name === 'except')
    ? { ...fields, all: true }
    : fields;
  const faults = conditionFaults(selector).map(({ path, message }) => ({
    path: path.replace(/^selector\.?/, ''),
    message,
  }));
  if (faults.length === 0) return selector;
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  throw new CurfewError('invalid_input', message, { faults });
}

function positionOf(cursor: string, filter: unknown): ListPosition {
  const [at = 0, number = 0] = readCursor(cursor, filter, 2);
  return { at, number };
}

function pastInstant(text: string, now: number): number {
  const at = Date.parse(text);
  if (at <= now) return at;
  const message = 'lies in the future; what will be is not known';
  throw new CurfewError('invalid_input', `asOf: ${message}`, { faults: [{ path: 'asOf', message }] });
}
