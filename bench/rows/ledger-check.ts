import { randomUUID } from 'node:crypto';
import { ActiveLedger } from '../../src/session/ledger.ts';
import type { Selector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import { median, withinLimit } from '../measurement.ts';
import { sessionAt } from '../population.ts';
import type { Row } from '../row.ts';
import { sampleIndexes } from '../sampling.ts';

const active = 10_000;

/** The ledger asked about sessions that none of 10,000 active revocations names, so that every place has to be looked at. */
export const ledgerCheck: Row = {
  name: 'ledger',
  title: 'Ledger check alone, 10,000 active revocations',
  isLoad: false,
  async run({ size, isQuick }) {
    const builtAt = Date.now();
    const ledger = new ActiveLedger();
    for (let seq = 1; seq <= active; seq++)
      ledger.apply({ seq, at: builtAt, selector: selectorAt(seq, builtAt) });
    const sessions = sampleIndexes(20_000, size).map((index) => asRead(sessionAt(index, size, builtAt)));
    const named = sessions.filter((session) => ledger.judge(session) !== undefined).length;
    const micros: number[] = [];
    for (let round = 0; round < (isQuick ? 5 : 15); round++) micros.push(microsEach(ledger, sessions));
    return [
      withinLimit('ledger check', { value: median(micros.slice(2)), unit: 'µs' }, 2, {
        holds: named === 0,
        note: 'revocations: 45 % session ids, 30 % usernames, 15 % subjects, 10 % providers with outdated configurations; 10 of networks and times',
      }),
    ];
  },
};

/** A session as a store reads it: its texts are each in one piece, not put together. */
function asRead(session: Session): Session {
  return JSON.parse(JSON.stringify(session));
}

function microsEach(ledger: ActiveLedger, sessions: readonly Session[]): number {
  const start = performance.now();
  let named = 0;
  for (const session of sessions) if (ledger.judge(session) !== undefined) named++;
  const micros = ((performance.now() - start) * 1000) / sessions.length;
  // Using the answer keeps the question from being optimised away.
  return named < 0 ? Number.NaN : micros;
}

/** A mix as weeks of incidents leave it. None names a session of the population, though some name its providers and networks. */
function selectorAt(seq: number, builtAt: number): Selector {
  const day = (daysAgo: number) => new Date(builtAt - daysAgo * 86_400_000).toISOString();
  if (seq % 1000 === 0) {
    const n = seq / 1000;
    return n % 2 === 0 ? { ip: `192.0.2.${n * 16}/28` } : { createdFrom: day(n + 2), createdTo: day(n + 1) };
  }
  const part = seq % 20;
  if (part < 9) return { sessionIds: [randomUUID()] };
  if (part < 15) return { realm: 'default', username: `left-${seq}` };
  if (part < 18) return { realm: 'default', subject: `uid=left-${seq},ou=people,dc=corp,dc=example` };
  const known = knownProviders[seq % knownProviders.length] as { type: string; name: string };
  const provider = seq % 400 >= 398 ? known : { type: 'saml', name: `closed-${seq}` };
  return { provider, providerConfigVersionBelow: 1 + (seq % 3) };
}

const knownProviders = [
  { type: 'saml', name: 'corp-sso' },
  { type: 'ldap', name: 'directory' },
  { type: 'oidc', name: 'partner-3' },
] as const;
