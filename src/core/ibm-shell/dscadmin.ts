import type { Grammar } from './grammar.ts';
import { everywhere } from './local-forms.ts';

/** What the shell `dscadmin` understands: no realm, but the replica set as the last word. */
export const dscadmin: Grammar = {
  name: 'dscadmin',
  forms: [
    ...everywhere,
    { words: 'replica set list', summary: 'lists the replica sets' },
    {
      words: 'replica set show <replica_set_name>',
      summary: 'shows the members of a replica set and when each joined',
    },
    {
      words: 'session list <pattern> <maximum_return> <replica_set_name>',
      summary: 'lists live sessions whose user name matches; * stands for anything, case does not count',
    },
    {
      words: 'session terminate all_sessions <user_id> <replica_set_name>',
      summary: 'ends all sessions of a user, or with * of every user whose name matches',
    },
    {
      words: 'session terminate session <session_id> <replica_set_name>',
      summary: 'ends one session',
    },
  ],
};
