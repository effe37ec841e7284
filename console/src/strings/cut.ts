import { formatCount } from '../format.ts';

const sessions = (count: number): string => (count === 1 ? '1 session' : `${formatCount(count)} sessions`);

/** Texts of the dialog that ends sessions. */
export const cut = {
  title: 'End sessions',
  loading: 'Counting what this would end',
  lead: (count: number) => (count === 1 ? 'live session will be ended' : 'live sessions will be ended'),
  consequence:
    'From the moment you confirm, none of them is accepted any more, on any node. Their users have to sign in again, and sign-ins that are under way for them are refused. This cannot be undone.',
  countedAt: 'Counted',
  recount: 'Count again',
  grown: (before: number, now: number) =>
    `Nothing was ended: ${formatCount(now)} live sessions match by now, and it was ${formatCount(before)} when you looked. See who came, then decide again.`,
  refusedOrder: 'Nothing was ended: the order was not carried out.',
  doubt: 'It is not known whether it was made.',
  doubtText: {
    asking: 'The connection broke before the answer came. The ledger is being asked.',
    unknown:
      'The connection broke before the answer came, and the ledger cannot tell. Count again: what it has ended is not counted any more.',
  },
  missing: 'Nothing was ended so far.',
  missingText: {
    missing: 'The answer was lost, and the ledger holds no such order. Count again, then decide again.',
    counted: 'The answer to your last order was lost. This is what matches now.',
  },
  nobody: 'No live session matches',
  nobodyHint:
    'You can record the cut all the same: it then holds for sign-ins that began before it and are not finished.',
  ownSession: 'Your own session is among them. You will be signed out.',
  spareOwn: 'Keep the session that I am working with',
  administrators: (names: string, count: number) =>
    count === 1
      ? `The administrator ${names} is among them.`
      : `${count} administrators are among them: ${names}.`,
  administrator: (id: number) => `number ${id}`,
  andMore: (count: number) => `and ${formatCount(count)} more`,
  by: { provider: 'By provider', realm: 'By realm', user: 'By user', app: 'By app' },
  value: 'Name',
  count: 'Sessions',
  noApp: 'without an app',
  rest: 'all others',
  sample: (count: number) => `The ${count} newest of them`,
  sampleAll: 'All of them',
  sampleColumns: { user: 'User', provider: 'Provider', from: 'From', since: 'Since' },
  isAdministrator: 'administrator',
  isOwn: 'you',
  reason: 'Why',
  reasonHint: 'It stays in the ledger, for whoever reads it later.',
  reasonMissing: 'Say why.',
  reasonFull: (most: number) =>
    `A reason has at most ${formatCount(most)} characters; what goes beyond is left out.`,
  confirm: (count: number) => `Type ${count} to confirm`,
  confirmHint: {
    large: 'This is a large cut.',
    administrators: 'It ends sessions of administrators.',
    own: 'It ends your own session.',
  },
  confirmMissing: (count: number) => `Type the number ${count}, in digits alone.`,
  end: (count: number) => (count === 0 ? 'Record the cut' : `End ${sessions(count)}`),
  done: (count: number) =>
    count === 1 ? '1 session has ended' : `${formatCount(count)} sessions have ended`,
  doneNobody: 'Nothing was ended',
  unheard: (count: number) =>
    count === 1
      ? 'One node did not answer when the cut was made:'
      : `${count} nodes did not answer when the cut was made:`,
  unheardMeans:
    'The cut goes by the last use, and what only they knew of it was not seen: sessions used there were judged by a use that is up to a twentieth of their idle limit older. Some that you meant may live on, and some that were in use may have ended. To be sure, cut by another condition too, such as a provider or an address.',
  acknowledged: 'Acknowledged',
  acknowledgedHint: 'Since then none of them is accepted anywhere.',
  entry: 'In the ledger',
  entryNumber: (seq: number) => `Revocation ${seq}`,
  swept: 'Marked in the store',
  sweptOf: (swept: number, matched: number) => `${formatCount(swept)} of ${formatCount(matched)}`,
  sweptHint: 'Housekeeping only: they are dead already.',
  refused: 'Refused since',
  refusedHint: (count: number) =>
    count === 0 ? 'Nobody has tried to use one of them.' : 'Somebody still tries to use them.',
  stale: 'The connection is lost, so these numbers may be out of date.',
  showSessions: 'Show the sessions that it ended',
  showEntry: 'Show it in the ledger',
  close: 'Close',
  words: {
    all: 'every session',
    realm: 'realm',
    username: 'user',
    subject: 'subject',
    provider: 'provider',
    notProvider: 'any provider but',
    providerSession: 'session of the provider',
    adminId: 'administrator number',
    accessGroup: 'group',
    app: 'app',
    ip: 'address',
    created: 'created',
    lastAccess: 'last used',
    from: (time: string) => `from ${time}`,
    to: (time: string) => `before ${time}`,
    configBelow: 'provider settings older than version',
    sessionIds: (count: number) =>
      count === 1 ? 'one chosen session' : `${formatCount(count)} chosen sessions`,
    except: (count: number) =>
      count === 1 ? 'all but one session' : `all but ${formatCount(count)} sessions`,
  },
} as const;
