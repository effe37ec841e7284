import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import type { StoredRecord } from '../session/store.ts';
import { demandEveryRealm } from './border.ts';
import { type CallContext, operation } from './operation.ts';

const mostLength = 16_384;

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and hyphens')
  .describe('Such as `ibm-dsc`');
const valueSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= mostLength, `expected at most ${mostLength} characters`);
const settingSchema = z.object({
  value: valueSchema.describe('Empty when it was never set'),
  version: z.int().describe('0 when it was never set, one more with each change'),
});

export const getSetting = operation({
  name: 'settings.get',
  summary: 'Show what a face has been told to keep',
  http: { method: 'GET', path: '/v1/settings/{name}' },
  permission: 'policy.read',
  input: z.strictObject({ name: nameSchema }),
  output: settingSchema,
  async run({ name }, context) {
    const record = await find(context, name);
    return { value: valueSchema.parse(record?.body ?? {}), version: record?.version ?? 0 };
  },
});

export const setSetting = operation({
  name: 'settings.set',
  summary: 'Keep something for a face, in place of what was kept before',
  http: { method: 'PUT', path: '/v1/settings/{name}' },
  permission: 'system.write',
  input: z.strictObject({
    name: nameSchema,
    value: valueSchema.describe('Never a secret'),
    ifVersion: z.int().min(0).describe('The version that was read; another change in between is refused'),
  }),
  output: settingSchema,
  async run({ name, value, ifVersion }, context) {
    const { store, clock, caller, origin } = context;
    demandEveryRealm(caller, 'The settings of a face serve every realm');
    const version = (await find(context, name))?.version ?? 0;
    if (version !== ifVersion) {
      throw new CurfewError('changed_meanwhile', `The setting ${name} was changed meanwhile; read it again.`);
    }
    await store.changeRecords({
      ...origin,
      writes: [{ kind: 'setting', id: idOf(name), body: value, ifVersion }],
      event: 'setting.set',
      detail: { name, value },
      now: clock.now(),
    });
    return { value, version: ifVersion + 1 };
  },
});

/** Settings of faces have a place of their own, so that no other record of this kind can be reached. */
function idOf(name: string): string {
  return `face/${name}`;
}

async function find({ store }: CallContext, name: string): Promise<StoredRecord | undefined> {
  return (await store.records('setting')).find(({ id }) => id === idOf(name));
}
