import { type Command, Option } from 'commander';
import { configSchema } from '../../config.ts';
import { settingsOf } from '../../core/settings.ts';
import { ExitWith } from '../failure.ts';
import { act } from '../invocation.ts';
import type { Terminal } from '../terminal.ts';

/** `curfew serve`: a server, with the same flags as `npm start`. */
export function addServe(program: Command, terminal: Terminal): void {
  const command = program
    .command('serve')
    .description('run a server until SIGTERM or Ctrl-C')
    .option('--config <file>', 'settings file, in YAML or JSON; else CURFEW_CONFIG');
  for (const { flag, description, form, initial, secret } of settingsOf(configSchema)) {
    if (secret === true) continue;
    const value = /path/.test(form) ? 'file' : 'value';
    const fallback = initial === undefined ? '' : ` (default: ${initial})`;
    command.addOption(new Option(`--${flag} <${value}>`, `${description} Form: ${form}${fallback}`));
  }
  command.addHelpText(
    'after',
    '\nExamples:\n  curfew serve\n  curfew serve --data /var/lib/curfew --port 2200 --tls self-signed\n',
  );
  act<Record<string, unknown>>(command, terminal, async () => {
    const flags = command.options.flatMap((option) => {
      const value: unknown = command.getOptionValue(option.attributeName());
      return typeof value === 'string' ? [`${option.long}=${value}`] : [];
    });
    // The server is loaded for this command only; every other starts faster without it.
    const { serve } = await import('../../main.ts');
    throw new ExitWith(await serve(flags));
  });
}
