import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addSessionsList } from './sessions-list.ts';
import { addSessionsShow } from './sessions-show.ts';
import { addSessionsWatch } from './sessions-watch.ts';

/** `curfew sessions`: see who is signed in. */
export function addSessions(program: Command, terminal: Terminal): void {
  const sessions = program.command('sessions').description('see who is signed in');
  addSessionsList(sessions, terminal);
  addSessionsShow(sessions, terminal);
  addSessionsWatch(sessions, terminal);
}
