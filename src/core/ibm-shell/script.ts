/** One command of a script. */
export interface ScriptCommand {
  readonly text: string;
  /** The number of its first line, from 1. */
  readonly line: number;
}

/**
 * The commands of a script: one a line. A backslash at the end of a line continues it on the next; blank lines, and
 * lines that begin with `#`, are passed over.
 */
export function commandsOf(script: string): ScriptCommand[] {
  const commands: ScriptCommand[] = [];
  let open: { parts: string[]; line: number } | undefined;
  const finish = (): void => {
    if (open === undefined) return;
    const text = open.parts.join(' ').trim();
    if (text !== '') commands.push({ text, line: open.line });
    open = undefined;
  };
  for (const [index, raw] of script.split(/\r\n|\n|\r/).entries()) {
    if (open === undefined && /^\s*(#|$)/.test(raw)) continue;
    open ??= { parts: [], line: index + 1 };
    open.parts.push(continues(raw) ? raw.replace(/\\\s*$/, '') : raw);
    if (!continues(raw)) finish();
  }
  finish();
  return commands;
}

/** Whether a line goes on in the next. Blanks after the backslash are not seen by whoever typed them. */
export function continues(line: string): boolean {
  return /\\\s*$/.test(line);
}
