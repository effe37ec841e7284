import type { Outputs } from '../client/operations.ts';
import { visible } from '../core/visible.ts';
import { renderFacts } from './table.ts';
import type { Terminal } from './terminal.ts';

type Preview = Outputs['revocations.preview'];
type Tallies = Preview['byRealm'];

const mostTallies = 10;

/** What a termination would hit, for a person to read before they decide. */
export function previewText(preview: Preview, terminal: Pick<Terminal, 'colors'>): string {
  const { bold, yellow, red } = terminal.colors;
  const { count, byProvider, byRealm, byUser, byApp, administrators, hitsOwnSession, warning } = preview;
  if (count === 0) return `${bold('No session would end.')}\n${yellow(visible(warning ?? ''))}\n`;
  const facts = renderFacts(
    [
      ['By provider', tallies(byProvider, count)],
      ['By realm', tallies(byRealm, count)],
      ['By user', tallies(byUser, count)],
      ['By app', byApp.length === 0 ? undefined : tallies(byApp, count)],
    ],
    terminal,
  );
  const hit = administrators.map(({ adminId, username }) => username ?? `number ${adminId}`);
  const alarms = [
    hit.length === 0 ? [] : [`It ends sessions of administrators: ${some(hit)}`],
    hitsOwnSession ? ['It ends the session you are using.'] : [],
  ].flat();
  return [
    `${bold(`${count} session${count === 1 ? '' : 's'} would end.`)}\n`,
    facts,
    ...alarms.map((alarm) => `${red(visible(alarm))}\n`),
  ].join('');
}

/** Such as `ann 12, bob 3 and 40 more`. What the server did not tally is in the rest. */
function tallies(list: Tallies, total: number): string {
  const shown = list.slice(0, mostTallies);
  const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
  const named = shown.map(({ value, count }) => `${value} ${count}`).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}

function some(names: readonly string[]): string {
  const rest = names.length - mostTallies;
  return `${names.slice(0, mostTallies).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
