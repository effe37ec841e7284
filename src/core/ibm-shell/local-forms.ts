import type { CommandForm } from './grammar.ts';

/** Commands that work in every shell without a server. */
export const everywhere: readonly CommandForm[] = [
  {
    words: 'help [<topic>...]',
    summary: 'lists the commands, or those that begin with some words',
    isLocal: true,
  },
  {
    words: 'errtext <number>',
    summary: 'says what a status number means, in decimal or with 0x in hexadecimal',
    isLocal: true,
  },
  { words: 'exit', summary: 'leaves the shell', isLocal: true },
  { words: 'quit', summary: 'leaves the shell', isLocal: true },
];
