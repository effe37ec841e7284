import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Attribute, Change, Client, Control } from 'ldapts';
import { freePort } from './ports.ts';
import { handOver, ServerProcess } from './postgres-process.ts';
import { realPart } from './real-parts.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';
import { makeTestAuthority, type TestAuthority } from './test-authority.ts';

/** The root of the directory of the tests, and who may do everything in it. */
export const suffix = 'dc=example,dc=org';
export const manager = { dn: `cn=manager,${suffix}`, password: 'a manager of the tests' } as const;

export type EntryAttributes = Readonly<Record<string, string | readonly string[]>>;

/** A running directory server: Debian's slapd with groups that are noted in `memberOf`, and a password policy. */
export interface RunningSlapd {
  /** Without encryption, unless the client asks for it. */
  readonly url: string;
  /** Encrypted from the start. */
  readonly secureUrl: string;
  readonly authority: TestAuthority;
  /** What it has told of connections and searches so far. */
  readonly output: string;
  add(dn: string, attributes: EntryAttributes): Promise<void>;
  /** Adds an entry that refers to another server. */
  addReferral(dn: string, url: string): Promise<void>;
  /** Replaces the values of an attribute; without values takes it away. */
  replace(dn: string, attribute: string, ...values: readonly string[]): Promise<void>;
  remove(dn: string): Promise<void>;
  /** Freezes or wakes it, so that connections come about and nothing is answered. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
  /** Starts it again at the same ports with the same content. */
  restart(): Promise<void>;
}

export interface SlapdOptions {
  /** The names in its certificate, such as `DNS:elsewhere.example`. */
  readonly certificateNames?: readonly string[];
  /** An authority to share with other servers. */
  readonly authority?: TestAuthority;
  /** More lines of configuration, for the database. */
  readonly lines?: readonly string[];
}

const databaseModules = ['back_mdb', 'memberof', 'refint', 'ppolicy'];
/** Attributes of other directories that say whether an account is in use. */
const foreignAttributes = [
  "attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
  "attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
];
const schemas = ['core', 'cosine', 'inetorgperson', 'nis'];

/** Starts a directory with an empty tree: `ou=people`, `ou=groups`, and nobody in it. It ends with the test. */
export async function startSlapd(
  t: Pick<TestContext, 'after'>,
  { certificateNames = ['IP:127.0.0.1', 'DNS:localhost'], lines = [], ...options }: SlapdOptions = {},
): Promise<RunningSlapd> {
  const temporary = makeTemporaryDirectory();
  t.after(() => temporary.remove());
  const authority = options.authority ?? makeTestAuthority(temporary.path);
  const certificate = authority.issue(temporary.path, certificateNames);
  const data = join(temporary.path, 'data');
  mkdirSync(data);
  const configuration = join(temporary.path, 'slapd.conf');
  writeFileSync(
    configuration,
    [
      ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
      ...foreignAttributes,
      'modulepath /usr/lib/ldap',
      ...databaseModules.map((name) => `moduleload ${name}`),
      `pidfile ${join(temporary.path, 'slapd.pid')}`,
      `TLSCACertificateFile ${authority.file}`,
      `TLSCertificateFile ${certificate.certificateFile}`,
      `TLSCertificateKeyFile ${certificate.keyFile}`,
      'database mdb',
      'maxsize 67108864',
      `suffix "${suffix}"`,
      `rootdn "${manager.dn}"`,
      `rootpw "${manager.password}"`,
      `directory ${data}`,
      // A crash of the machine is not tried here.
      'dbnosync',
      'index objectClass,uid,cn,member,memberUid eq',
      ...lines,
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by users read by anonymous auth',
      'overlay memberof',
      'overlay refint',
      'refint_attributes member memberOf',
      'overlay ppolicy',
      `ppolicy_default "cn=policy,${suffix}"`,
      '',
    ].join('\n'),
  );
  for (const path of [
    temporary.path,
    ...readdirSync(temporary.path).map((name) => join(temporary.path, name)),
  ])
    handOver(path);
  const [port, securePort] = [await freePort(), await freePort()];
  const [url, secureUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${securePort}`];
  const start = async (): Promise<ServerProcess> => {
    // At this level of talk it stays in the foreground and tells of connections and searches.
    const args = ['-d', 'stats', '-f', configuration, '-h', `${url} ${secureUrl}`];
    const started = ServerProcess.start(realPart('slapd').path, args);
    await started.whenReady(() => answers(url));
    return started;
  };
  let server = await start();
  t.after(() => server.end('SIGKILL'));
  const asManager = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ url });
    await client.bind(manager.dn, manager.password);
    try {
      return await work(client);
    } finally {
      await client.unbind();
    }
  };
  const slapd: RunningSlapd = {
    url,
    secureUrl,
    authority,
    get output() {
      return server.output;
    },
    add: (dn, attributes) =>
      asManager((client) => client.add(dn, attributes as Record<string, string | string[]>)),
    addReferral: (dn, ref) => {
      const attributes = { objectClass: ['referral', 'extensibleObject'], uid: 'moved', ref };
      // ManageDsaIT, RFC 3296: the referral itself is meant, not where it leads.
      const manageDsaIt = new Control('2.16.840.1.113730.3.4.2', { critical: true });
      return asManager((client) => client.add(dn, attributes, manageDsaIt));
    },
    replace: (dn, type, ...values) => {
      const modification = new Attribute({ type, values: [...values] });
      return asManager((client) => client.modify(dn, [new Change({ operation: 'replace', modification })]));
    },
    remove: (dn) => asManager((client) => client.del(dn)),
    signal: (signal) => server.signal(signal),
    kill: () => server.end('SIGKILL'),
    async restart() {
      await server.end('SIGTERM');
      server = await start();
    },
  };
  await slapd.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  await slapd.add(`cn=policy,${suffix}`, {
    objectClass: ['device', 'pwdPolicy'],
    cn: 'policy',
    pwdAttribute: 'userPassword',
    pwdLockout: 'TRUE',
    pwdMaxFailure: '100',
  });
  for (const ou of ['people', 'groups'])
    await slapd.add(`ou=${ou},${suffix}`, { objectClass: 'organizationalUnit', ou });
  return slapd;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ url, connectTimeout: 1000, timeout: 1000 });
  try {
    await client.bind(manager.dn, manager.password);
    return true;
  } catch {
    return false;
  } finally {
    await client.unbind().catch(() => undefined);
  }
}
