import type { CommandForm, Grammar, OptionForm } from './grammar.ts';
import { everywhere } from './local-forms.ts';

const realm: OptionForm = { name: 'realm', value: 'realm_name', required: true };

const login: readonly CommandForm[] = [
  {
    words: 'login',
    options: [
      { name: 'a', value: 'admin_id' },
      { name: 'p', value: 'password' },
      { name: 'd', value: 'domain' },
      { name: 'm' },
      { name: 'l' },
    ],
    summary: 'signs in, in place of whoever was signed in before; -l signs out and needs no server',
    isLocal: true,
  },
  { words: 'logout', summary: 'signs out', isLocal: true },
  { words: 'context show', summary: 'shows who is signed in, and for which domain', isLocal: true },
];

const sessions: readonly CommandForm[] = [
  {
    words: 'server task <server> sms session list <pattern> <maximum_return>',
    options: [realm],
    summary: 'lists live sessions whose user name matches; * stands for anything, case counts',
  },
  {
    words: 'server task <server> sms session terminate all_sessions <user_id>',
    options: [realm],
    summary: 'ends all sessions of a user in a realm',
  },
  {
    words: 'server task <server> sms session terminate session <session_id>',
    options: [realm],
    summary: 'ends one session',
  },
  {
    words: 'server task <server> sms session refresh all_sessions <user_id>',
    options: [realm],
    summary: 'reads the credential of all sessions of a user anew',
  },
  {
    words: 'server task <server> sms session refresh session <session_id>',
    options: [realm],
    summary: 'reads the credential of one session anew',
  },
  {
    words: 'server task <server> terminate all_sessions <user_id>',
    summary: "ends all sessions of a user in the server's realm",
  },
  {
    words: 'server task <server> terminate session <session_id>',
    summary: "ends one session in the server's realm",
  },
  {
    words: 'server task <server> refresh all_sessions <user_id>',
    summary: "reads the credential of all sessions of a user in the server's realm anew",
  },
];

const places: readonly CommandForm[] = [
  { words: 'server list', summary: 'lists the servers that tasks can be given to' },
  { words: 'server task <server> sms realm list', summary: 'lists the realms' },
  { words: 'server task <server> sms realm show <realm_name>', summary: 'shows the replica sets of a realm' },
  {
    words: 'server task <server> sms replica set list',
    options: [{ ...realm, required: false }],
    summary: 'lists the replica sets, of all realms or of one',
  },
  {
    words: 'server task <server> sms replica set show <replica_set_name>',
    summary: 'shows the members of a replica set and when each joined',
  },
];

const keyAndTrace: readonly CommandForm[] = [
  {
    words: 'server task <server> sms key change',
    summary: 'makes a new key for signing what is said of sessions',
  },
  { words: 'server task <server> sms key show', summary: 'shows that key: never its secret part' },
  // The example in IBM's own page leaves the word sms out, so scripts do.
  { words: 'server task <server> key change', summary: 'the same as sms key change' },
  { words: 'server task <server> key show', summary: 'the same as sms key show' },
  { words: 'server task <server> sms trace get', summary: 'shows how much is logged' },
  {
    words: 'server task <server> sms trace set <level> [<component>]',
    summary: 'sets how much is logged, from 0 (errors) to 9 (everything)',
  },
];

const user: OptionForm = { name: 'user', value: 'user_name' };

const policy: readonly CommandForm[] = [
  {
    words: 'policy set max-concurrent-web-sessions <limit>',
    options: [user],
    summary: 'sets how many sessions a user may have: unset, a number, displace or unlimited',
  },
  {
    words: 'policy get max-concurrent-web-sessions',
    options: [user],
    summary: 'shows how many sessions a user may have',
  },
];

/** What the shell `pdadmin` understands. */
export const pdadmin: Grammar = {
  name: 'pdadmin',
  forms: [...login, ...everywhere, ...places, ...sessions, ...keyAndTrace, ...policy],
};
