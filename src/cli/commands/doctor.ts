import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import { visible, visibleJson } from '../../core/visible.ts';
import { examine, type Finding, nodeVersion } from '../diagnosis.ts';
import { act, type Invocation, timeoutOf } from '../invocation.ts';
import { isOpenToOthers, profilesPath } from '../profiles.ts';
import { settingsFile } from '../settings-file.ts';
import { type Terminal, write } from '../terminal.ts';

interface Flags {
  readonly config?: string;
}

/** `curfew doctor`: what is wrong, and what to do about it. */
export function addDoctor(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .description('check this machine, the address, the credentials and the server, and say what to do')
    .option('--config <file>', 'read this settings file of a server, and say what is wrong in it')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew doctor\n  curfew doctor --config curfew.yaml --json\n\nThe exit code is 0 when nothing failed, else that of the first failure.\n',
    );
  act<Flags>(command, terminal, runDoctor);
}

async function runDoctor(invocation: Invocation<Flags>): Promise<void> {
  const failed: Finding[] = [];
  for await (const finding of findings(invocation)) {
    await print(invocation, finding);
    if (finding.state === 'fail') failed.push(finding);
  }
  if (failed.length === 0) return;
  const names = failed.map(({ check }) => check).join(', ');
  throw new CurfewError(failed[0]?.code ?? 'internal', `${failed.length} of the checks failed: ${names}.`);
}

async function* findings(invocation: Invocation<Flags>): AsyncGenerator<Finding> {
  const { flags, terminal } = invocation;
  yield nodeVersion(process.version);
  if (flags.config !== undefined) yield* settingsFile(flags.config);
  const path = profilesPath(terminal.env);
  if (await isOpenToOthers(path))
    yield {
      check: 'Profiles',
      state: 'warn',
      detail: `${path} can be read by others`,
      remedy: `Run: chmod 600 ${path}`,
    };
  try {
    const connection = await invocation.connection();
    yield* examine(connection, timeoutOf(flags), terminal.interrupted, () => terminal.clock.now());
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error;
    yield {
      check: 'Settings',
      state: 'fail',
      detail: error.message,
      remedy: 'Correct the flags, the environment or the profile.',
      code: error.code,
    };
  }
}

async function print({ flags, terminal }: Invocation<Flags>, finding: Finding): Promise<void> {
  if (flags.json) return write(terminal.stdout, `${visibleJson(finding)}\n`);
  const { green, yellow, red } = terminal.colors;
  const { check, state, detail, remedy } = finding;
  const mark = { ok: green('ok  '), warn: yellow('warn'), fail: red('fail') }[state];
  const advice = remedy === undefined ? '' : `\n                    ${visible(remedy)}`;
  await write(terminal.stdout, `${mark}  ${check.padEnd(12)}  ${visible(detail)}${advice}\n`);
}
