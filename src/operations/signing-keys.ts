import { z } from 'zod';
import type { SigningKey } from '../access/signing-keys.ts';
import { demandEveryRealm } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

const signingKeySchema = z
  .object({
    id: z.uuid().describe('The `kid` of what it signs'),
    algorithm: z.string(),
    createdAt: instantSchema,
    expiresAt: instantSchema.describe('From then on nothing that it signed is believed'),
  })
  .meta({ id: 'SigningKey', description: 'A key that Curfew signs with; its secret part is never shown' });

export const listSigningKeys = operation({
  name: 'signingKeys.list',
  summary: 'List the keys that Curfew signs with',
  http: { method: 'GET', path: '/v1/signing-keys' },
  permission: 'keys.read',
  input: z.strictObject({}),
  output: z.object({
    keys: z.array(signingKeySchema).describe('The one that signs now, then those before it'),
  }),
  async run(_input, { access }) {
    return { keys: (await access.signingKeys.list()).map(signingKeyForm) };
  },
});

export const rotateSigningKey = operation({
  name: 'signingKeys.rotate',
  summary: 'Make a new key that signs from now on',
  description: 'What the key before has signed is believed for another hour at most.',
  http: { method: 'POST', path: '/v1/signing-keys', status: 201 },
  permission: 'keys.write',
  input: z.strictObject({}),
  output: z.object({ key: signingKeySchema }),
  async run(_input, { access, caller, origin }) {
    demandEveryRealm(caller, 'The signing key serves every realm');
    return { key: signingKeyForm(await access.signingKeys.rotate(origin)) };
  },
});

function signingKeyForm({
  id,
  algorithm,
  createdAt,
  expiresAt,
}: SigningKey): z.input<typeof signingKeySchema> {
  return { id, algorithm, createdAt: instantForm(createdAt), expiresAt: instantForm(expiresAt) };
}
