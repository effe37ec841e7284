import type { TestContext } from 'node:test';
import { basicAdmin, startTestServer, type TestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

export const server = 'default-webseald-cruz';
/** How tasks of that server begin. */
export const sms = `server task ${server} sms`;

/** What a script over REST answered. */
export interface ShellAnswer {
  readonly status: number;
  readonly result: string;
  readonly message: string | undefined;
  readonly lines: readonly string[];
}

/** A server with the face of IBM, named as in IBM's own examples. */
export interface IbmWorld extends TestServer {
  /** Runs commands as an administrator, as IBM's clients send them. */
  pdadmin(commands: readonly string[] | string, as?: { id: string; password: string }): Promise<ShellAnswer>;
  dscadmin(commands: readonly string[] | string): Promise<ShellAnswer>;
  /** Makes an administrator and gives what their requests are authorised by. */
  administrator(username: string, accessGroups: readonly string[], realm?: string | null): Promise<string>;
  signIn(username: string, realm?: string, changes?: Record<string, unknown>): Promise<string>;
  /** The names of the users with live sessions in a realm, sorted. */
  live(realm?: string): Promise<string[]>;
}

export async function ibmWorld(t: TestContext, flags: Record<string, string> = {}): Promise<IbmWorld> {
  const started = await startTestServer(t, {
    'faces-ibm-servers': `${server},webseal2-webseald-cruz`,
    ...flags,
  });
  const { asAdmin } = started;
  const shell =
    (path: string) =>
    async (commands: readonly string[] | string, { id, password } = { id: 'admin', password: aPassword }) => {
      const answer = await asAdmin(`POST ${path}`, { admin_id: id, admin_pwd: password, commands });
      const { result = '', message } = answer.body;
      return { status: answer.status, result, message, lines: result === '' ? [] : result.split('\n') };
    };
  return {
    ...started,
    pdadmin: shell('/isam/pdadmin'),
    dscadmin: shell('/isam/dscadmin'),
    async administrator(username, accessGroups, realm = null) {
      await asAdmin('POST /v1/admins', { username, accessGroups, realm, password: aPassword });
      return `Basic ${Buffer.from(`${username}:${aPassword}`).toString('base64')}`;
    },
    async signIn(username, realm = 'ibm.com', changes = {}) {
      return (await started.register({ username, realm, ...changes })).session.id;
    },
    async live(realm = 'ibm.com') {
      const { body } = await asAdmin(`GET /v1/sessions?realm=${encodeURIComponent(realm)}&limit=1000`);
      return body.sessions.map((session: { username: string }) => session.username).sort();
    },
  };
}

/** A request as a client puts it on the wire: nothing is encoded, added or tidied here. */
export function rawRequest(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: appliance.example.org',
    `Authorization: ${basicAdmin}`,
    'Accept: application/json',
    'Content-Type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(method === 'GET' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Status, headers and body of a raw answer. */
export function readRaw(answer: string): { status: number; head: string; body: string } {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.slice(0, end);
  return { status: Number(head.split(' ')[1]), head, body: answer.slice(end + 4) };
}
