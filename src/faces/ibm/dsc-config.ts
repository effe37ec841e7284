import { z } from 'zod';
import { CurfewError } from '../../core/errors.ts';
import { issueText } from '../../core/issue-text.ts';
import { faultsOf } from '../../operations/faults.ts';
import { getSetting, setSetting } from '../../operations/settings.ts';
import type { Calls } from './calls.ts';
import { readLifetimeMs, writeLifetimeMs } from './policy-rules.ts';
import type { Trace } from './trace.ts';

const settingName = 'ibm-dsc';

/** A number, or its digits as a text: clients send either. */
const whole = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );
const port = whole(1, 65_535);

/** What is kept and given back. Only `max_session_list` does something: the rest describes an appliance that is not there. */
const kept = {
  worker_threads: whole(1, 4096),
  client_grace: whole(0, 2_592_000),
  connection_idle_timeout: whole(0, 2_592_000),
  service_port: port,
  replication_port: port,
  servers: z
    .array(z.strictObject({ ip: z.string().min(1).max(255), service_port: port, replication_port: port }))
    .max(4),
  ssl_ciphers: z.string().max(4096),
  max_session_list: whole(1, 10_000),
} as const;

const keptSchema = z.strictObject(kept);
type Kept = z.output<typeof keptSchema>;

const defaults: Kept = {
  worker_threads: 64,
  client_grace: 600,
  connection_idle_timeout: 0,
  service_port: 443,
  replication_port: 444,
  servers: [],
  ssl_ciphers: '',
  max_session_list: 1024,
};

const changeSchema = z
  .strictObject({
    ...kept,
    /** Seconds; 0 = no limit. */
    max_session_lifetime: whole(0, 315_360_000),
    trace_level: whole(0, 9),
  })
  .partial();

/** The most sessions that one list gives. */
export async function maxSessionList(calls: Calls): Promise<number> {
  return (await readKept(calls)).value.max_session_list;
}

/** The configuration of the cache, for the realm of the face. */
export async function readDscConfig(calls: Calls, realm: string, trace: Trace) {
  const lifetimeMs = await readLifetimeMs(calls, realm);
  return {
    ...(await readKept(calls)).value,
    max_session_lifetime: lifetimeMs === null ? 0 : Math.round(lifetimeMs / 1000),
    trace_level: await trace.get(calls),
  };
}

/**
 * Changes what is given and differs; the rest stays.
 * @throws CurfewError `invalid_input` naming each field that is wrong, `forbidden`
 */
export async function writeDscConfig(
  calls: Calls,
  realm: string,
  trace: Trace,
  input: unknown,
): Promise<void> {
  const parsed = changeSchema.safeParse(input, { error: issueText });
  if (!parsed.success) throw invalid(parsed.error, input);
  const { max_session_lifetime: lifetime, trace_level: level, ...rest } = parsed.data;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const before = await readDscConfig(calls, realm, trace);
  const { value, version } = await readKept(calls);
  const next = { ...value, ...given };
  // What asks for the most rights comes first, so that a refusal leaves everything as it was.
  if (JSON.stringify(next) !== JSON.stringify(value)) {
    await calls.run(setSetting, { name: settingName, value: next, ifVersion: version });
  }
  if (level !== undefined && level !== before.trace_level) await trace.set(calls, level);
  if (lifetime !== undefined && lifetime !== before.max_session_lifetime) {
    await writeLifetimeMs(calls, realm, lifetime === 0 ? null : lifetime * 1000);
  }
}

async function readKept({ run }: Calls): Promise<{ value: Kept; version: number }> {
  const { value, version } = await run(getSetting, { name: settingName });
  return { value: { ...defaults, ...keptSchema.partial().parse(value) } as Kept, version };
}

function invalid(error: z.ZodError, input: unknown): CurfewError {
  const faults = faultsOf(error, changeSchema, input);
  const message = faults
    .map(({ path, message: what }) => (path === '' ? what : `${path}: ${what}`))
    .join('; ');
  return new CurfewError('invalid_input', message, { faults });
}
