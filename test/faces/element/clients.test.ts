import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicAdmin, startTestServer } from '../../support/http-server.ts';
import { bodyOf, exchange } from './client.ts';

const id = '0d5c2f9e-6a3b-4b68-9a55-1f0a3c7d2e11';

interface Case {
  readonly client: string;
  /** The request without host, credentials and length. */
  readonly head: string;
  readonly body: string;
  readonly answer: string | RegExp;
}

const noSession = `{"error":{"code":500,"message":"There is no live session ${id}.","name":"xAuthSessionDoesNotExist"},"id":`;

/** What each client is known to send, and the bytes that it must get. */
const cases: readonly Case[] = [
  {
    client: "NetApp's Python library connects: no content type, id 0",
    head: 'POST /json-rpc/7.0 HTTP/1.1\r\nUser-Agent: python-requests/2.31.0\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*',
    body: '{"method": "GetAPI", "params": {}, "id": 0}',
    answer:
      /^\{"id":0,"result":\{"12\.3":\["AddClusterAdmin",.*"UpdateIdpConfiguration"\],"currentVersion":"12\.3","supportedVersions":\["1\.0",.*"12\.0","12\.2","12\.3"\]\}\}$/,
  },
  {
    client: "NetApp's Python library goes on with the current version",
    head: 'POST /json-rpc/12.3 HTTP/1.1\r\nAccept: */*',
    body: `{"method": "DeleteAuthSession", "params": {"sessionID": "${id}"}, "id": 12}`,
    answer: `${noSession}12}`,
  },
  {
    client: "NetApp's Java library: a form's content type, a version it need not send, parameters left out",
    head: 'POST /json-rpc/12.3 HTTP/1.1\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded',
    body: '{"id":1,"method":"ListActiveAuthSessions","json-rpc":"2.0"}',
    answer: '{"id":1,"result":{"sessions":[]}}',
  },
  {
    client: 'a Go library: params null, a header that is not the content type',
    head: 'POST /json-rpc/12.3 HTTP/1.1\r\nContent: Application/json\r\nAccept: application/json-rpc',
    body: '{"method":"ListActiveAuthSessions","id":1,"params":null}',
    answer: '{"id":1,"result":{"sessions":[]}}',
  },
  {
    client: 'the driver of OpenStack: a slash at the end, no id, no content type',
    head: 'POST /json-rpc/10.0/ HTTP/1.1\r\nAccept: */*',
    body: '{"method": "DeleteAuthSessionsByUsername", "params": {"username": "nobody"}}',
    answer: '{"id":null,"result":{"sessions":[]}}',
  },
  {
    client: 'the storage orchestrator: a content type that is none',
    head: 'POST /json-rpc/11.0 HTTP/1.1\r\nContent-Type: json-rpc',
    body: '{"method":"GetIdpAuthenticationState","params":{},"id":637}',
    answer: '{"id":637,"result":{"enabled":false}}',
  },
  {
    client: 'the Puppet module: an id that is a text',
    head: 'POST /json-rpc/12.0 HTTP/1.1\r\nContent-Type: application/json',
    body: '{"id":"puppet-17","method":"GetLoginSessionInfo","params":{}}',
    answer: '{"id":"puppet-17","result":{"loginSessionInfo":{"timeout":"30:00"}}}',
  },
  {
    client: 'PowerShell modules: the documented content type, blanks as they come',
    head: 'POST /json-rpc/9.0 HTTP/1.1\r\nContent-Type: application/json-rpc',
    body: '{\r\n    "method":  "ListClusterAdmins",\r\n    "id":  1\r\n}',
    answer:
      '{"id":1,"result":{"clusterAdmins":[{"access":["administrator"],"attributes":{},"authMethod":"Cluster","clusterAdminID":1,"username":"admin"}]}}',
  },
  {
    client: 'a test framework: version 0.0 and a large random id',
    head: 'POST /json-rpc/0.0 HTTP/1.1\r\nContent-Type: application/json-rpc',
    body: '{"method":"Nothing","params":{},"id":9007199254740991}',
    answer:
      '{"error":{"code":500,"message":"xUnknownAPIMethod  method=Nothing","name":"xUnknownAPIMethod"},"id":9007199254740991}',
  },
  {
    client: 'management utilities: GET with a query, lists as JSON',
    head: 'GET /json-rpc/12.3?method=DeleteAuthSession&sessionID=0D5C2F9E-6A3B-4B68-9A55-1F0A3C7D2E11&force=true HTTP/1.1',
    body: '',
    answer: `${noSession}null}`,
  },
  {
    client: 'management utilities: POST with a query and no body',
    head: 'POST /json-rpc/12.3/?method=ListAuthSessionsByClusterAdmin&clusterAdminID=4 HTTP/1.1',
    body: '',
    answer: '{"id":null,"result":{"sessions":[]}}',
  },
  {
    client: 'an example of the documentation: parameters beside params',
    head: 'POST /json-rpc/12.7 HTTP/1.1\r\nContent-Type: application/json',
    body: '{"method":"ListAuthSessionsByClusterAdmin","clusterAdminID":1,"id":2}',
    answer: '{"id":2,"result":{"sessions":[]}}',
  },
  {
    client: 'whoever sends a parameter that there is not is told so beside the result',
    head: 'POST /json-rpc/12.3 HTTP/1.1',
    body: '{"method":"ListActiveAuthSessions","params":{"limit":5,"after":"x"},"id":3}',
    answer: '{"id":3,"result":{"sessions":[]},"unusedParameters":{"after":"x","limit":5}}',
  },
];

for (const [transport, tls] of [
  ['HTTP', false],
  ['HTTPS', true],
] as const) {
  test(`each client's own bytes are answered with the bytes it expects, over ${transport}`, async (t) => {
    const server = await startTestServer(t, { tls: 'self-signed' });
    const port = tls ? (server.httpsPort as number) : server.httpPort;
    for (const { client, head, body, answer } of cases) {
      const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
      const credentials = `Host: 127.0.0.1\r\nAuthorization: ${basicAdmin}\r\nConnection: close\r\n`;
      const received = await exchange(port, tls, `${head}\r\n${credentials}${length}\r\n${body}`);
      assert.match(received, /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/, client);
      if (typeof answer === 'string') assert.equal(bodyOf(received), answer, client);
      else assert.match(bodyOf(received), answer, client);
    }
  });
}

test('without valid credentials the answer is the page that the libraries look for, whatever the request', async (t) => {
  const server = await startTestServer(t);
  const body = '{"method":"GetAPI","id":1}';
  const wrong = `Basic ${Buffer.from('admin:not the password').toString('base64')}`;
  for (const authorization of [
    '',
    `Authorization: ${wrong}\r\n`,
    'Authorization: Digest x\r\n',
    'Cookie: curfew_session=x\r\n',
  ]) {
    const received = await server.send(
      `POST /json-rpc/12.3 HTTP/1.1\r\nHost: x\r\n${authorization}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    assert.match(received, /^HTTP\/1\.1 401 Unauthorized\r\n/);
    assert.match(received, /www-authenticate: Basic realm="Element"/);
    assert.match(received, /content-type: text\/html/);
    assert.match(bodyOf(received), /<title>401 Unauthorized\.<\/title>/);
  }
});

test('a version that there is not is no path, and other methods are not taken', async (t) => {
  const server = await startTestServer(t);
  for (const path of ['13.0', '12.10', '12', '12.3.1', 'v12.3', '99.9', '12.3/x', '']) {
    const { status, body } = await server.ask(`POST /json-rpc/${path}`, { auth: basicAdmin, body: {} });
    assert.equal(status, 404, path);
    assert.match(body, /404 Not Found/);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const { status, headers } = await server.ask(`${method} /json-rpc/12.3`, { auth: basicAdmin });
    assert.equal(status, 405);
    assert.equal(headers.get('allow'), 'GET, POST');
  }
});

test('a face that is switched off leaves its paths alone', async (t) => {
  const server = await startTestServer(t, { 'faces-element-enabled': 'false' });
  const { status, body } = await server.ask('POST /json-rpc/12.3', { auth: basicAdmin, body: {} });
  assert.equal(status, 404);
  assert.equal(body.code, 'not_found');
});
