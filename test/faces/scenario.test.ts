import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import type { Selector } from '../../src/session/selector.ts';
import { commandLine } from '../cli/command-line.ts';
import { basicAdmin, startTestServer, type TestServer } from '../support/http-server.ts';
import { aPassword } from '../support/opened-access.ts';
import { result } from './element/client.ts';

/** Who is signed in, by a name of their session for this test. `ann` of `eu` and of `lab` are other people. */
const people = {
  'ann by password': { username: 'ann', provider: { type: 'basic', name: 'basic' } },
  'ann by password, again': { username: 'ann', provider: { type: 'basic', name: 'basic' } },
  'ann by saml': { username: 'ann', subject: 'ann', provider: { type: 'saml', name: 'corp' } },
  'Ann by password': { username: 'Ann', provider: { type: 'basic', name: 'basic' } },
  'annabel by password': { username: 'annabel', provider: { type: 'basic', name: 'basic' } },
  'bob by password': { username: 'bob', provider: { type: 'basic', name: 'basic' } },
  'bob by ldap': { username: 'bob', subject: 'cn=bob', provider: { type: 'ldap', name: 'corp' } },
  'cid by saml': { username: 'cid', subject: 'cid', provider: { type: 'saml', name: 'corp' } },
  'ann of eu': { username: 'ann', provider: { type: 'basic', name: 'basic' }, realm: 'eu' },
} as const;
type Person = keyof typeof people;
const everybody = Object.keys(people) as Person[];

/** The population, anew for each cut, on a server of its own. */
interface World {
  readonly server: TestServer;
  readonly ids: Readonly<Record<Person, string>>;
  /** Who is still signed in, as their own tokens tell. */
  live(): Promise<Person[]>;
}

async function populate(t: TestContext): Promise<World> {
  const server = await startTestServer(t);
  const made = new Map<Person, { id: string; token: string }>();
  for (const person of everybody) {
    const { session, token } = await server.register(people[person]);
    made.set(person, { id: session.id, token });
  }
  return {
    server,
    ids: Object.fromEntries([...made].map(([person, { id }]) => [person, id])) as Record<Person, string>,
    async live() {
      const found: Person[] = [];
      for (const [person, { token }] of made) {
        const { status } = await server.ask('GET /v1/check', { auth: `Bearer ${token}` });
        if (status === 200) found.push(person);
      }
      return found;
    },
  };
}

/** Makes a cut; gives how many sessions the system says that it ended, if it says so. */
type Way = (world: World) => Promise<number | undefined>;

const command = commandLine();
after(() => command.remove());

async function run({ server }: World, args: readonly string[], input?: string): Promise<string> {
  const env = { CURFEW_URL: server.url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: aPassword };
  const { code, stdout, stderr } = await command.run(args, {
    env,
    ...(input === undefined ? {} : { input }),
  });
  assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const native =
  (selector: Selector): Way =>
  async ({ server }) =>
    (await server.asAdmin('POST /v1/revocations', { selector, reason: 'a drill' })).body.matched;

const cli =
  (...flags: string[]): Way =>
  async (world) => {
    const said = await run(world, [
      'terminate',
      '--realm',
      'default',
      ...flags,
      '--reason',
      'drill',
      '--yes',
      '--json',
    ]);
    return JSON.parse(said).matched;
  };

/** Element names one method at a time; what needs several is several calls. */
const element =
  (...params: object[]): Way =>
  async ({ server }) => {
    let ended = 0;
    for (const each of params) {
      ended += (await result(server, 'DeleteAuthSessionsByUsername', each)).sessions.length;
    }
    return ended;
  };

/** Kibana names one provider at a time. */
const kibana =
  (...bodies: object[]): Way =>
  async ({ server }) => {
    let total = 0;
    for (const body of bodies) {
      const answer = await server.ask('POST /api/security/session/_invalidate', {
        auth: basicAdmin,
        headers: { 'kbn-xsrf': 'true' },
        body,
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      total += answer.body.total;
    }
    return total;
  };

const ibmRest =
  (pathOf: (world: World) => string): Way =>
  async (world) => {
    const path = `/isam/dsc/admin/replicas/default/sessions/${pathOf(world)}`;
    const { status, headers } = await world.server.ask(`DELETE ${path}`, { auth: basicAdmin });
    assert.equal(status, 204);
    return Number(headers.get('x-curfew-matched'));
  };

const sms = 'server task default-webseald-localhost sms';

const pdadmin =
  (task: (world: World) => string): Way =>
  async (world) =>
    countIn(
      await run(world, ['pdadmin', '-a', 'admin', '-p', aPassword, ...`${sms} ${task(world)}`.split(' ')]),
    );

/** The same over REST, as the collections of playbooks send it. */
const pdadminRest =
  (task: (world: World) => string): Way =>
  async (world) => {
    const commands = [`${sms} ${task(world)}`];
    const body = { admin_id: 'admin', admin_pwd: aPassword, commands };
    const answer = await world.server.asAdmin('POST /isam/pdadmin', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return countIn(answer.body.result);
  };

const dscadmin =
  (line: string): Way =>
  async (world) =>
    countIn(await run(world, ['dscadmin', '-a', 'admin', '-p', aPassword], `${line}\n`));

function countIn(said: string): number | undefined {
  const count = /(\d+) sessions?\b/.exec(said)?.[1];
  return count === undefined ? undefined : Number(count);
}

interface Cut {
  readonly title: string;
  readonly ends: readonly Person[];
  readonly ways: Readonly<Record<string, Way | { readonly cannot: string }>>;
}

const query = (type: string, username: string) => ({
  match: 'query',
  query: { provider: { type }, username },
});
const providersNone = { cannot: 'IBM has no word for the provider of a session' };

const cuts: readonly Cut[] = [
  {
    title: 'all sessions of one user',
    ends: ['ann by password', 'ann by password, again', 'ann by saml'],
    ways: {
      'the native API': native({ realm: 'default', username: 'ann' }),
      'the command line': cli('--username', 'ann'),
      Element: element({ username: 'ann' }),
      'Kibana, per provider': kibana(query('basic', 'ann'), query('ldap', 'ann'), query('saml', 'ann')),
      "IBM's REST": ibmRest(() => 'user/ann'),
      pdadmin: pdadmin(() => 'session terminate all_sessions ann -realm default'),
      'pdadmin over REST': pdadminRest(() => 'session terminate all_sessions ann -realm default'),
      dscadmin: dscadmin('session terminate all_sessions ann default'),
    },
  },
  {
    title: 'all sessions of one user from one kind of provider',
    ends: ['ann by password', 'ann by password, again'],
    ways: {
      'the native API': native({ realm: 'default', username: 'ann', provider: { type: 'basic' } }),
      'the command line': cli('--username', 'ann', '--provider-type', 'basic'),
      Element: element({ username: 'ann', authMethod: 'Cluster' }),
      Kibana: kibana(query('basic', 'ann')),
      "IBM's REST": providersNone,
      pdadmin: providersNone,
    },
  },
  {
    title: 'all sessions of one user from an identity provider',
    ends: ['cid by saml'],
    ways: {
      'the native API': native({
        realm: 'default',
        subject: 'cid',
        provider: { notTypes: ['basic', 'ldap'] },
      }),
      'the command line': cli(
        '--username',
        'cid',
        '--provider-not-type',
        'basic',
        '--provider-not-type',
        'ldap',
      ),
      Element: element({ username: 'cid', authMethod: 'Idp' }),
      Kibana: kibana(query('saml', 'cid')),
      "IBM's REST": providersNone,
      pdadmin: providersNone,
    },
  },
  {
    title: 'all sessions of a realm',
    ends: everybody.filter((person) => person !== 'ann of eu'),
    ways: {
      'the native API': native({ realm: 'default', all: true }),
      'the command line': cli('--all'),
      'Element, per method': element(
        { authMethod: 'Cluster' },
        { authMethod: 'Ldap' },
        { authMethod: 'Idp' },
      ),
      Kibana: kibana({ match: 'all' }),
      "IBM's REST": { cannot: 'its paths name one user or one session' },
      pdadmin: { cannot: 'it takes names exactly; dscadmin is the one with patterns' },
      dscadmin: dscadmin('session terminate all_sessions * default'),
    },
  },
  {
    title: 'one session by its id',
    ends: ['bob by ldap'],
    ways: {
      'the native API': async ({ server, ids }) =>
        (await server.asAdmin(`DELETE /v1/sessions/${ids['bob by ldap']}`)).body.matched,
      'the command line': async (world) => cli('--session', world.ids['bob by ldap'])(world),
      Element: async ({ server, ids }) => {
        const { session } = await result(server, 'DeleteAuthSession', { sessionID: ids['bob by ldap'] });
        return session.sessionID === ids['bob by ldap'] ? 1 : undefined;
      },
      Kibana: { cannot: 'its API names providers and users, never a session' },
      "IBM's REST": ibmRest(({ ids }) => `session/${ids['bob by ldap']}`),
      pdadmin: pdadmin(({ ids }) => `session terminate session ${ids['bob by ldap']} -realm default`),
      dscadmin: async (world) =>
        dscadmin(`session terminate session ${world.ids['bob by ldap']} default`)(world),
    },
  },
];

for (const { title, ends, ways } of cuts) {
  describe(`ending ${title}`, () => {
    for (const [name, way] of Object.entries(ways)) {
      if ('cannot' in way) {
        it(`ends the same sessions by ${name}`, { skip: way.cannot });
        continue;
      }
      it(`ends the same sessions by ${name}`, async (t) => {
        const world = await populate(t);
        assert.deepEqual(await world.live(), everybody);
        assert.equal(await way(world), ends.length, 'it says how many');
        assert.deepEqual(
          await world.live(),
          everybody.filter((person) => !ends.includes(person)),
        );
        const { body } = await world.server.asAdmin('GET /v1/revocations');
        const matched = body.revocations.map((entry: { matched: number }) => entry.matched);
        assert.equal(
          matched.reduce((sum: number, count: number) => sum + count, 0),
          ends.length,
          'the ledger says the same',
        );
      });
    }
  });
}

describe('one session', () => {
  it('is the same in every face: its user, where it comes from, and its limits', async (t) => {
    const server = await startTestServer(t);
    const { session, token } = await server.register({
      username: 'ann',
      subject: 'cn=ann,dc=example',
      provider: { type: 'ldap', name: 'corp' },
      accessGroups: ['read'],
      client: { ip: '192.0.2.7' },
      idleTimeoutMs: 20 * 60_000,
      lifespanMs: 60 * 60_000,
    });
    server.clock.advance(5 * 60_000);
    // A use moves the idle end, in every face.
    await server.ask('GET /v1/check', { auth: `Bearer ${token}` });
    const [idleEnd, end] = ['2030-01-01T00:25:00Z', '2030-01-01T01:00:00Z'];

    const shown = (await server.asAdmin(`GET /v1/sessions/${session.id}`)).body.session;
    assert.deepEqual(
      [
        shown.username,
        shown.subject,
        shown.provider,
        shown.lastAccessAt,
        shown.idleTimeoutMs,
        shown.expiresAt,
      ],
      [
        'ann',
        'cn=ann,dc=example',
        { type: 'ldap', name: 'corp' },
        '2030-01-01T00:05:00.000Z',
        1_200_000,
        '2030-01-01T01:00:00.000Z',
      ],
    );

    const byElement = await result(server, 'ListAuthSessionsByUsername', { username: 'cn=ann,dc=example' });
    assert.deepEqual(byElement.sessions, [
      {
        accessGroupList: ['read'],
        authMethod: 'Ldap',
        clusterAdminIDs: [],
        finalTimeout: end,
        idpConfigVersion: 0,
        lastAccessTimeout: idleEnd,
        sessionCreationTime: '2030-01-01T00:00:00Z',
        sessionID: session.id,
        username: 'cn=ann,dc=example',
      },
    ]);

    const headers = { cookie: `sid=${token}`, 'kbn-system-request': 'true' };
    const me = (await server.ask('GET /internal/security/me', { headers })).body;
    assert.deepEqual([me.username, me.authentication_provider], ['ann', { type: 'ldap', name: 'corp' }]);
    const left = (await server.ask('GET /internal/security/session', { headers })).body;
    assert.equal(server.clock.now() + left.expiresInMs, Date.parse(idleEnd));

    const found = (await server.asAdmin('GET /isam/dsc/admin/replicas/default/sessions?user=ann')).body;
    assert.deepEqual(
      found.matched_sessions.map((one: Record<string, string>) => [
        one.session,
        one.user,
        one.realm,
        one.client_ip,
        one.last_access,
        one.expires,
      ]),
      [[session.id, 'ann', 'default', '192.0.2.7', '2030-01-01T00:05:00.000Z', '2030-01-01T01:00:00.000Z']],
    );
    const commands = [`${sms} session list -realm default ann 10`];
    const listed = await server.asAdmin('POST /isam/pdadmin', {
      admin_id: 'admin',
      admin_pwd: aPassword,
      commands,
    });
    assert.match(listed.body.result, new RegExp(`${session.id}[^\\n]*ann|ann[^\\n]*${session.id}`));

    const world = { server } as World;
    const said = JSON.parse(await run(world, ['sessions', 'show', session.id, '--json']));
    assert.deepEqual(said.session, shown);
  });
});
