import type { Command } from 'commander';
import type { Outputs } from '../../client/operations.ts';
import { confirm } from '../ask.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** `curfew samples`: invented sessions to try Curfew with. */
export function addSamples(program: Command, terminal: Terminal): void {
  const samples = program.command('samples').description('try Curfew with a population of invented sessions');
  act(
    samples.command('show').description('say whether the samples are loaded'),
    terminal,
    async (invocation) => {
      const status = await (await invocation.client()).samples.get();
      await printObject(invocation, status, () => statusText(status));
    },
  );
  const load = samples
    .command('load')
    .description(
      'load some thousand invented sessions into the realm "sample", which must hold no other live session',
    )
    .addHelpText('after', '\nExample:\n  curfew samples load && curfew sessions list --realm sample\n');
  act(load, terminal, async (invocation) => {
    const loaded = await (await invocation.client()).samples.load();
    await printObject(
      invocation,
      loaded,
      () =>
        `Loaded ${loaded.sessions} invented sessions into the realm ${loaded.realm}, and ended some of them by the entries ${loaded.revocations.join(', ')} of the ledger. Take them away with: curfew samples remove\n`,
    );
  });
  const remove = samples
    .command('remove')
    .description('delete the samples; their entries in the ledger stay, and say what they were')
    .option('-y, --yes', 'do not ask');
  act<{ yes?: boolean }>(remove, terminal, removeSamples);
}

async function removeSamples(invocation: Invocation<{ yes?: boolean }>): Promise<void> {
  const client = await invocation.client();
  if (!invocation.flags.yes)
    await confirm(
      invocation.terminal,
      'Delete the sample population? No other session is touched',
      'Nobody can be asked here whether to delete the samples; add --yes.',
    );
  const { removed, revocations, left } = await client.samples.remove();
  await printObject(invocation, { removed, revocations, left }, () => {
    const stays = revocations.length === 0 ? '' : ` Entries ${revocations.join(', ')} of the ledger stay.`;
    const others = left === 0 ? '' : ` ${left} other sessions of that realm were left alone.`;
    return `Deleted ${removed} sample sessions.${stays}${others}\n`;
  });
}

function statusText({ state, sessions, realm, mayLoad, hindrance }: Outputs['samples.get']): string {
  switch (state) {
    case 'none':
      return mayLoad
        ? 'No sample population is loaded. Load it with: curfew samples load\n'
        : `No sample population is loaded, and you cannot load it here now. ${hindrance ?? 'It takes an administrator of all realms who may change the installation.'}\n`;
    case 'loading':
      return 'The sample population is being loaded.\n';
    case 'loaded':
      return `The sample population is loaded: ${sessions} sessions, live and ended, in the realm ${realm}.\n`;
    case 'incomplete':
      return `The sample population was not loaded to the end; ${sessions} sessions are there. Delete them with: curfew samples remove\n`;
  }
}
