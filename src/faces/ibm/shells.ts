import { dscadmin } from '../../core/ibm-shell/dscadmin.ts';
import { pdadmin } from '../../core/ibm-shell/pdadmin.ts';
import { changeKey, showKeys } from './key-commands.ts';
import { loginCommands } from './login.ts';
import {
  demandServer,
  listRealmNames,
  listReplicaSets,
  listServers,
  showRealm,
  showReplicaSet,
} from './place-commands.ts';
import { getLimit, setLimit } from './policy-commands.ts';
import { endAllIn, endOneIn, listIn, refreshAllIn, refreshOneIn } from './session-commands.ts';
import type { Execution, Handler, ShellDefinition } from './shell.ts';
import { traceCommands } from './trace-commands.ts';

type InRealm = (execution: Execution, realm: string) => Promise<readonly string[] | string>;

/** A task of a server; the name of the server must be one that is known. */
function task(run: Handler): Handler {
  return async (execution) => {
    demandServer(execution);
    return run(execution);
  };
}

/** A task in the realm of `-realm`, which must exist. */
function inRealm(run: InRealm): Handler {
  return task(async (execution) => {
    const { parts, calls, option } = execution;
    return run(execution, (await parts.replicaSets.ofRealm(calls, option('realm') ?? '')).realm);
  });
}

/** A task in the realm that the server itself stands for: that of the domain, else of the face. */
function inOwnRealm(run: InRealm): Handler {
  return task(async (execution) => {
    const { parts, login } = execution;
    return run(execution, login.domain.kind === 'realm' ? login.domain.realm : parts.realm);
  });
}

/** A command about the replica set that is its last word. */
function inSet(run: InRealm): Handler {
  return async (execution) => {
    const { parts, calls, value } = execution;
    return run(execution, (await parts.replicaSets.named(calls, value('replica_set_name'))).realm);
  };
}

const list: InRealm = (execution, realm) => listIn(execution, realm, false);
const endAll: InRealm = (execution, realm) => endAllIn(execution, realm, false);

/** The shell `pdadmin`. */
export const pdadminShell: ShellDefinition = {
  grammar: pdadmin,
  session: loginCommands,
  handlers: {
    'server list': listServers,
    'server task <server> sms realm list': task(listRealmNames),
    'server task <server> sms realm show <realm_name>': task(showRealm),
    'server task <server> sms replica set list': task(listReplicaSets),
    'server task <server> sms replica set show <replica_set_name>': task(showReplicaSet),
    'server task <server> sms session list <pattern> <maximum_return>': inRealm(list),
    'server task <server> sms session terminate all_sessions <user_id>': inRealm(endAll),
    'server task <server> sms session terminate session <session_id>': inRealm(endOneIn),
    'server task <server> sms session refresh all_sessions <user_id>': inRealm(refreshAllIn),
    'server task <server> sms session refresh session <session_id>': inRealm(refreshOneIn),
    'server task <server> terminate all_sessions <user_id>': inOwnRealm(endAll),
    'server task <server> terminate session <session_id>': inOwnRealm(endOneIn),
    'server task <server> refresh all_sessions <user_id>': inOwnRealm(refreshAllIn),
    'server task <server> sms key change': task(changeKey),
    'server task <server> sms key show': task(showKeys),
    'server task <server> key change': task(changeKey),
    'server task <server> key show': task(showKeys),
    'server task <server> sms trace get': task(traceCommands.get),
    'server task <server> sms trace set <level> [<component>]': task(traceCommands.set),
    'policy set max-concurrent-web-sessions <limit>': setLimit,
    'policy get max-concurrent-web-sessions': getLimit,
  },
};

/** The shell `dscadmin`. */
export const dscadminShell: ShellDefinition = {
  grammar: dscadmin,
  session: {},
  handlers: {
    'replica set list': listReplicaSets,
    'replica set show <replica_set_name>': showReplicaSet,
    'session list <pattern> <maximum_return> <replica_set_name>': inSet((execution, realm) =>
      listIn(execution, realm, true),
    ),
    'session terminate all_sessions <user_id> <replica_set_name>': inSet((execution, realm) =>
      endAllIn(execution, realm, true),
    ),
    'session terminate session <session_id> <replica_set_name>': inSet(endOneIn),
  },
};
