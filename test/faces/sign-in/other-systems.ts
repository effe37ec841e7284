import assert from 'node:assert/strict';
import { basicAdmin, type TestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

/** Ends sessions as a client of Kibana does; gives how many. */
export async function byKibana(server: TestServer, query: object): Promise<number> {
  const answer = await server.ask('POST /api/security/session/_invalidate', {
    auth: basicAdmin,
    headers: { 'kbn-xsrf': 'true' },
    body: { match: 'query', query },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.total;
}

/** Does a task of `sms` as a client of IBM's REST does; gives what the server says. */
export async function byIbm(server: TestServer, task: string): Promise<string> {
  const commands = [`server task default-webseald-localhost sms ${task}`];
  const answer = await server.asAdmin('POST /isam/pdadmin', {
    admin_id: 'admin',
    admin_pwd: aPassword,
    commands,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.result;
}
