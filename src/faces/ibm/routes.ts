import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../access/caller.ts';
import type { Calls } from './calls.ts';
import { readDscConfig, writeDscConfig } from './dsc-config.ts';
import { type Answer, readBody } from './exchange.ts';
import { capabilities, firmwareSettings, setupComplete, versions } from './handshake.ts';
import type { Target } from './paths.ts';
import { runCommands } from './pdadmin.ts';
import { deleteSession, deleteUser, listMembers, listSets, searchSet } from './replica-routes.ts';
import type { ShellDefinition, ShellParts } from './shell.ts';
import { dscadminShell, pdadminShell } from './shells.ts';

/** One request whose sender is known. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly parts: ShellParts;
  readonly caller: Caller;
  /** The name of the caller. */
  readonly name: string;
  readonly from: string | undefined;
  readonly query: string;
  readonly calls: Calls;
}

type Respond = (asked: Asked) => Promise<Answer>;

/** What a target does for each method it takes. */
export function methodsOf(target: Target): Readonly<Record<string, Respond>> {
  switch (target.kind) {
    case 'pdadmin':
      return { POST: shell(pdadminShell) };
    case 'dscadmin':
      return { POST: shell(dscadminShell) };
    case 'replicas':
      return { GET: ({ calls, parts }) => listSets(calls, parts) };
    case 'servers':
      return { GET: ({ calls, parts }) => listMembers(calls, parts, target.set) };
    case 'sessions':
      return { GET: ({ calls, parts, query }) => searchSet(calls, parts, target.set, query) };
    case 'session':
      return { DELETE: ({ calls, parts }) => deleteSession(calls, parts, target.set, target.name) };
    case 'user':
      return { DELETE: ({ calls, parts }) => deleteUser(calls, parts, target.set, target.name) };
    case 'config':
      return { GET: getConfig, PUT: putConfig };
    case 'versions':
      return { GET: always(({ parts }) => versions(parts.services.version)) };
    case 'setup':
      return { GET: always(() => setupComplete) };
    case 'capabilities':
      return { GET: always(() => capabilities) };
    case 'firmware':
      return { GET: always(({ parts }) => firmwareSettings(parts.services.version)) };
  }
}

const getConfig: Respond = async ({ calls, parts }) => ({
  status: 200,
  body: await readDscConfig(calls, parts.realm, parts.trace),
});

const putConfig: Respond = async ({ request, calls, parts }) => {
  await writeDscConfig(calls, parts.realm, parts.trace, await readBody(request));
  return { status: 204 };
};

function shell(definition: ShellDefinition): Respond {
  return async ({ request, parts, ...sender }) =>
    runCommands(definition, await readBody(request), sender, parts);
}

function always(body: (asked: Asked) => unknown): Respond {
  return async (asked) => ({ status: 200, body: body(asked) });
}
