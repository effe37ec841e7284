import type { Command } from 'commander';
import type { Outputs } from '../../client/operations.ts';
import { formatAge, formatDuration, formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject } from '../output.ts';
import { stateOf } from '../session-columns.ts';
import { renderFacts, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** `curfew sessions show`: everything known of one session. */
export function addSessionsShow(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('show')
    .description('show one session, live or ended, and who still tried to use it after its end')
    .argument('<id>', 'the id of the session')
    .addHelpText('after', '\nExample:\n  curfew sessions show 0b0f6d3e-5d0c-4b5e-9f0a-3c1d2e4f5a6b\n');
  act(command, terminal, async (invocation, id = '') => {
    const client = await invocation.client();
    const answer = await client.sessions.get({ id: id.toLowerCase() });
    await printObject(invocation, answer, () => textOf(answer, invocation));
  });
}

function textOf({ session, refusedUses }: Outputs['sessions.get'], { terminal }: Invocation): string {
  const now = terminal.clock.now();
  const when = (instant: string) => `${formatInstant(instant)} (${formatAge(instant, now)})`;
  const attributes = Object.entries(session.attributes).map(([name, value]) => [`  ${name}`, value] as const);
  const facts = renderFacts(
    [
      ['Session', session.id],
      ['State', stateOf(session)],
      ['Realm', session.realm],
      ['User', session.username],
      ['Subject', session.subject],
      ['Provider', `${session.provider.type}/${session.provider.name}`],
      ['Provider session', session.providerSession],
      ['Provider version', session.providerConfigVersion === 0 ? undefined : session.providerConfigVersion],
      ['Access groups', session.accessGroups.join(', ') || undefined],
      ['Administrators', session.adminIds.join(', ') || undefined],
      ['App', session.app],
      ['Address', session.client.ip],
      ['User agent', session.client.userAgent],
      ['Created', when(session.createdAt)],
      ['Last used', when(session.lastAccessAt)],
      ['Idle limit', session.idleTimeoutMs === null ? 'none' : formatDuration(session.idleTimeoutMs)],
      ['Absolute end', session.expiresAt === null ? 'none' : when(session.expiresAt)],
      ['Epoch', session.epoch],
      ...(attributes.length === 0 ? [] : [['Attributes', ''] as const, ...attributes]),
    ],
    terminal,
  );
  if (refusedUses.length === 0) return facts;
  const table = renderTable(
    refusedUses,
    [
      { title: 'Address', value: ({ ip }) => ip || 'unknown' },
      { title: 'Times', value: ({ count }) => count, align: 'right' },
      { title: 'First', value: ({ firstAt }) => formatInstant(firstAt) },
      { title: 'Last', value: ({ lastAt }) => formatInstant(lastAt) },
    ],
    terminal,
  );
  return `${facts}\nRefused uses after its end:\n${table}`;
}
