import type { z } from 'zod';
import type { sessionSchema } from '../../operations/session-form.ts';
import type { listSessions } from '../../operations/sessions-list.ts';
import type { terminationSchema } from '../../operations/termination.ts';
import { type AuthSessionInfo, sessionInfo } from './session-info.ts';

type Session = z.output<typeof sessionSchema>;
type Termination = z.output<typeof terminationSchema>;

/** One page of a list of the core: the place where it starts is that which the page before gave. */
export type ReadPage = (place: {
  readonly limit: number;
  readonly cursor?: string;
}) => Promise<Pick<z.output<typeof listSessions.output>, 'sessions' | 'nextCursor'>>;

const pageSize = 1000;

/** Every session of a list in Element's form, one page in memory at a time. */
export async function* pagesOf(
  read: ReadPage,
  keep: (session: Session) => boolean = () => true,
): AsyncGenerator<AuthSessionInfo[], void, void> {
  let cursor: string | undefined;
  do {
    const page = await read({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    yield page.sessions.filter(keep).map(sessionInfo);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/**
 * Every session that a termination ended. It gives those of a small cut itself; of a wider one all are read page by page by the
 * number of the revocation.
 */
export function endedPages(
  { matched, sessions }: Termination,
  readEnded: ReadPage,
): AsyncGenerator<AuthSessionInfo[], void, void> {
  if (matched > sessions.length) return pagesOf(readEnded);
  return pagesOf(async () => ({ sessions }));
}
