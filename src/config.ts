import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseNetwork } from './core/address.ts';
import { isPostgresUrl } from './core/database-url.ts';
import { CurfewError } from './core/errors.ts';
import { logLevels } from './core/log.ts';
import { isSecretKey } from './core/sealing.ts';
import {
  asList,
  booleanForm,
  booleanSchema,
  countSchema as count,
  durationSchema as duration,
  durationForm,
  namesSchema as names,
  portSchema as port,
  portForm,
  setting,
  textForm as text,
} from './core/setting-forms.ts';
import { readSettings, type Setting, settingsOf } from './core/settings.ts';
import { forwardAuthSettings } from './faces/forward-auth/settings.ts';
import { forwardAuthWarnings } from './faces/forward-auth/warnings.ts';
import { demandConsistent } from './sign-in/consistency.ts';
import { providersSetting } from './sign-in/provider-settings.ts';
import { providersPage } from './sign-in/providers-page.ts';
import { signInSettings } from './sign-in/settings.ts';

const cookieName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const networks = z.preprocess(
  asList,
  z.array(z.string().refine((value) => value === 'loopback' || parseNetwork(value) !== undefined)),
);

/** What every face beside the native one can be told. */
function faceSettings<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  return z
    .strictObject({
      enabled: setting(booleanSchema.default(true), `Serves ${what}`, {
        form: booleanForm,
        initial: 'true',
      }),
      realm: setting(text.default('default'), `The realm of ${what}`, { form: 'a name', initial: 'default' }),
      ...shape,
    })
    .prefault({} as never);
}

/** Every setting there is. */
export const configSchema = z.strictObject({
  host: setting(text.default('127.0.0.1'), 'The address to listen on.', {
    form: 'an address or host name',
    initial: '127.0.0.1',
  }),
  port: setting(port.default(2200), 'The port of HTTP.', { form: portForm, initial: '2200' }),
  data: setting(
    text.default('./data'),
    'The folder of the data; made if need be. One server at a time holds it.',
    {
      form: 'a path',
      initial: './data',
    },
  ),
  store: setting(
    text.refine((value) => value === 'sqlite' || isPostgresUrl(value)).default('sqlite'),
    'Which engine keeps the data. PostgreSQL, 14 or newer, is shared by as many servers as are told of it; the folder of the data then holds only what belongs to one server. Where the way to it holds a password, give it by the variable: a command line is open to all processes of a machine.',
    {
      form: 'sqlite, or a PostgreSQL such as postgres://curfew:password@db.example/curfew',
      initial: 'sqlite',
      mayHoldSecret: true,
    },
  ),
  secretKey: setting(
    z
      .string()
      .refine((value) => isSecretKey(value))
      .optional(),
    'The key that seals private keys and other secrets which must be read again. Without it a key is made in the file `secret.key` of the data folder. Servers that share a PostgreSQL must have the same one.',
    { form: '32 random bytes in base64url, as of openssl rand -base64 32', secret: true },
  ),
  tls: setting(
    z.enum(['off', 'self-signed']).default('off'),
    'HTTPS with a certificate made at the first start, in the folder `tls` of the data. HTTP stays open beside it.',
    { form: 'off or self-signed', initial: 'off' },
  ),
  tlsCert: setting(text.optional(), 'HTTPS with this certificate chain in PEM; needs `tlsKey`.', {
    form: 'a path',
  }),
  tlsKey: setting(text.optional(), 'The private key of `tlsCert`, in PEM.', { form: 'a path' }),
  tlsPort: setting(port.default(2243), 'The port of HTTPS.', { form: portForm, initial: '2243' }),
  realms: setting(
    names.optional(),
    'The only realms there may be. Without it a realm exists from its first use.',
    {
      form: 'a list of names',
    },
  ),
  maxSignInAge: setting(
    duration(1000).default(15 * 60_000),
    'How long a sign-in may take, from its start to its registration. Older ones are refused, since it can no longer be told whether they were revoked.',
    { form: durationForm, initial: '15m' },
  ),
  history: setting(duration(0).default(7 * 86_400_000), 'How long ended sessions are kept.', {
    form: durationForm,
    initial: '7d',
  }),
  trustedProxies: setting(
    networks.default([]),
    'Proxies whose `X-Forwarded-For` or `X-Real-IP` names the client. Give only proxies that set the header themselves: one that passes it on lets everybody choose their address. `loopback` stands for this machine.',
    { form: 'a list of addresses, networks such as 10.0.0.0/8, or loopback', initial: '(nobody)' },
  ),
  logLevel: setting(z.enum(logLevels).default('info'), 'What is logged, to standard error as JSON lines.', {
    form: logLevels.join(', '),
    initial: 'info',
  }),
  adminPassword: setting(
    z.string().min(8).max(1024).optional(),
    'The password of the administrator `admin`, which the first start makes. Without it a random one is printed, once.',
    { form: 'a text of at least 8 characters', secret: true },
  ),
  metrics: setting(
    z.enum(['local', 'open', 'off']).default('local'),
    'Who may read `/metrics` without credentials: this machine, everybody, or nobody at all. A request that a proxy handed on does not count as of this machine.',
    { form: 'local, open or off', initial: 'local' },
  ),
  backups: setting(text.optional(), 'The folder that backups are written into.', {
    form: 'a path',
    initial: '(the folder backups of the data)',
  }),
  nodeName: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .optional(),
    'What this server is called among those that share a PostgreSQL. Each needs a name of its own; workers add their number to it.',
    { form: 'letters, digits, dot, - and _', initial: '(the name of the host, and four digits)' },
  ),
  workers: setting(
    count(1, 64).default(1),
    'How many processes of this machine answer on the same port, for the same data. As many as there are cores to spare.',
    { form: 'a number from 1 to 64', initial: '1' },
  ),
  drain: setting(
    duration(0).default(10_000),
    'How long requests under way may take to finish when the server stops.',
    { form: durationForm, initial: '10s' },
  ),
  faces: z
    .strictObject({
      console: z
        .strictObject({
          enabled: setting(booleanSchema.default(true), 'Serves the console, below `/console`.', {
            form: booleanForm,
            initial: 'true',
          }),
        })
        .prefault({}),
      element: faceSettings("NetApp Element's session API, below `/json-rpc/`.", {}),
      kibana: faceSettings("Kibana's session API, below `/api/security/` and `/internal/security/`.", {
        cookieName: setting(cookieName.default('sid'), 'The cookie that holds the session.', {
          form: 'the name of a cookie: letters, digits, - and _',
          initial: 'sid',
        }),
        version: setting(text.default('9.1.0'), 'The version of Kibana that is told to clients.', {
          form: 'a version such as 9.1.0',
          initial: '9.1.0',
        }),
      }),
      ibm: faceSettings(
        "IBM's session administration, below `/isam/`; its realm is what a command without one means.",
        {
          servers: setting(
            names.default(['default-webseald-localhost']),
            'Names of the servers that `server list` shows and `server task` takes, so that scripts keep theirs.',
            { form: 'a list of names', initial: 'default-webseald-localhost' },
          ),
          replicaSets: setting(
            z.preprocess(asList, z.array(z.string().regex(/^[^=]+=[^=]+$/))).default([]),
            'Names of replica sets that differ from those of their realms, so that scripts keep theirs.',
            {
              form: 'a list such as cluster1=shop, the set before the realm',
              initial: '(named like the realm)',
            },
          ),
        },
      ),
    })
    .prefault({}),
  signIn: signInSettings,
  providers: providersSetting,
  forwardAuth: forwardAuthSettings,
  limits: z
    .strictObject({
      failuresPerMinute: setting(
        count(1, 1_000_000).default(300),
        'How many requests without valid credentials one address may make in a minute.',
        { form: 'a number from 1 to 1000000', initial: '300' },
      ),
    })
    .prefault({}),
});

/** The settings of a server, durations in milliseconds. */
export type Config = z.output<typeof configSchema>;

/** Variables of the command line and of the tests, which a server may meet in its environment. */
const foreignVariables = /^CURFEW_(URL|USERNAME|PASSWORD|KEY|PROFILE|CA|CI|SEED|TEST_\w+)$/;

/**
 * Reads the configuration: flags before the environment before the file.
 * @param flags without their dashes; `config` names the file
 * @throws CurfewError `config_invalid`, with one line per key that is wrong
 */
export function readConfig(
  flags: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const { config: fileName = environment.CURFEW_CONFIG, ...rest } = flags;
  const fileSource = flags.config === undefined ? 'CURFEW_CONFIG' : '--config';
  if (fileName === '') {
    throw new CurfewError(
      'config_invalid',
      `${fileSource} is empty; give the path of a file of settings, or leave it out.`,
    );
  }
  const file =
    fileName === undefined ? undefined : { name: fileName, content: readFile(fileName, fileSource) };
  const foreign = (variable: string): boolean =>
    variable === 'CURFEW_CONFIG' || foreignVariables.test(variable);
  const config = readSettings(configSchema, { flags: rest, environment, file }, foreign);
  demandConsistent(config);
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    throw new CurfewError('config_invalid', 'tlsCert and tlsKey: give both, or neither.');
  }
  if (config.tlsCert !== undefined && config.tls === 'self-signed') {
    throw new CurfewError(
      'config_invalid',
      'tls: self-signed stands against tlsCert; leave one of them out.',
    );
  }
  return config;
}

/** Flags that are settings, without their dashes. */
export function configFlags(): string[] {
  return settingsOf(configSchema).flatMap(({ flag, secret, fileOnly }) =>
    secret === true || fileOnly === true ? [] : [flag],
  );
}

/** What `--help` shows. */
export function configHelp(): string {
  const entries = settingsOf(configSchema).flatMap(({ flag, form, initial, secret, fileOnly }) =>
    secret === true || fileOnly === true
      ? []
      : [`  --${flag.padEnd(30)} ${form}${initial === undefined ? '' : ` [${initial}]`}`],
  );
  return [
    'Runs a server until it is told to stop by SIGTERM or SIGINT.',
    '',
    `  --${'config'.padEnd(30)} a file of settings, in YAML or JSON`,
    ...entries,
    '',
    'Each is also a variable, such as CURFEW_PORT; flags win over variables, and these over the file.',
    'CURFEW_ADMIN_PASSWORD sets the password of the administrator that the first start makes.',
  ].join('\n');
}

/** One sentence for each value that is allowed but unsafe. */
export function configWarnings(config: Config): string[] {
  const warnings: string[] = [];
  const isLocal = /^(127\.|localhost$|::1$|\[::1\]$)/.test(config.host);
  const hasTls = config.tls !== 'off' || config.tlsCert !== undefined;
  if (!isLocal && !hasTls) {
    warnings.push(
      `host ${config.host} is reached from other machines without TLS: passwords, keys and tokens cross the network in the clear. Set tls or tlsCert, or listen on 127.0.0.1 behind a proxy.`,
    );
  } else if (!isLocal) {
    warnings.push(
      `host ${config.host} is reached from other machines by plain HTTP too, on port ${config.port}; let only proxies of yours reach that port.`,
    );
  }
  if (!isLocal && config.metrics === 'open') {
    warnings.push('metrics are open to everybody who can reach the server.');
  }
  if (config.trustedProxies.some((network) => network.endsWith('/0'))) {
    warnings.push(
      'trustedProxies trusts everybody, so every client can choose the address that is recorded for it.',
    );
  }
  return [...warnings, ...forwardAuthWarnings(config)];
}

function readFile(name: string, source: string): unknown {
  let content: string;
  try {
    content = readFileSync(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CurfewError(
      'config_invalid',
      `${source}: ${name} cannot be read (${code ?? 'unknown'}); correct the path or its rights.`,
    );
  }
  try {
    // JSON is a part of YAML, so one reader serves both.
    return parse(content, { uniqueKeys: true }) as unknown;
  } catch (error) {
    throw new CurfewError('config_invalid', `${name}: ${(error as Error).message}`);
  }
}

/** The reference page of the settings, as Markdown. */
export function settingsPage(): string {
  return `# Settings

A setting takes its value from the first of these that has one: a flag of \`curfew serve\`, an environment variable, the
file named by \`--config\` (or \`CURFEW_CONFIG\`), in YAML or JSON. A key that is not known, or a value that cannot be read, stops the
start. In a flag or variable a list is written with commas. Generated from the schema in \`src/config.ts\`.

${settingsOf(configSchema).map(settingSection).join('\n')}
${providersPage()}`;
}

function settingSection(one: Setting): string {
  const { key, flag, variable, form, initial, description, secret, fileOnly } = one;
  const elsewhere = secret === true ? `\`${variable}\`` : `\`--${flag}\`, \`${variable}\``;
  return [
    `## ${key}\n\n${description}\n`,
    `- in a file: ${secret === true ? '(environment only)' : `\`${key}\``}`,
    ...(fileOnly === true ? [] : [`- elsewhere: ${elsewhere}`]),
    `- form: ${form}`,
    `- without it: ${initial ?? 'nothing'}\n`,
  ].join('\n');
}
