import { z } from 'zod';
import { booleanForm } from '../core/setting-forms.ts';
import type { ProviderKind } from '../sign-in/kind.ts';
import { providerTypes } from '../sign-in/provider.ts';
import { providerKinds } from '../sign-in/table.ts';
import { operation } from './operation.ts';

const shapes = ['text', 'long', 'number', 'flag', 'choice', 'list', 'map', 'listMap'] as const;
type Shape = (typeof shapes)[number];

const settingSchema = z.object({
  name: z.string(),
  description: z.string(),
  form: z.string().describe('What is expected there, in words'),
  initial: z.string().optional().describe('What holds where it is not given, in words'),
  required: z.boolean(),
  shape: z
    .enum(shapes)
    .describe('long = a text of several lines; map = names to texts; listMap = names to lists of texts'),
  choices: z.array(z.string()).optional().describe('The values of a choice'),
});

export const listProviderTypes = operation({
  name: 'providers.types',
  summary: 'Show the types of providers there are, and everything each can be told',
  http: { method: 'GET', path: '/v1/provider-types' },
  permission: 'providers.read',
  input: z.strictObject({}),
  output: z.object({
    types: z.array(
      z.object({
        type: z.enum(providerTypes),
        summary: z.string(),
        settings: z.array(settingSchema),
        secrets: z.array(z.object({ name: z.string(), description: z.string() })),
      }),
    ),
  }),
  run: async () => ({ types: providerKinds.map(typeForm) }),
});

function typeForm({ type, summary, settings, secrets }: ProviderKind) {
  return {
    type,
    summary,
    settings: Object.entries(settings.shape).map(([name, schema]) => settingForm(name, schema as z.ZodType)),
    secrets: Object.entries(secrets).map(([name, description]) => ({ name, description })),
  };
}

function settingForm(name: string, schema: z.ZodType): z.input<typeof settingSchema> {
  const { description = '', form = '', initial } = schema.meta() as Record<string, string | undefined>;
  const choices = choicesOf(schema);
  return {
    name,
    description,
    form,
    ...(initial === undefined ? {} : { initial }),
    required: !schema.safeParse(undefined).success,
    shape: shapeOf(schema, form),
    ...(choices === undefined ? {} : { choices }),
  };
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** What is read is looked at rather than what may be written, which is often anything. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
}

function choicesOf(schema: z.ZodType): string[] | undefined {
  const { enum: values } = jsonSchemaOf(schema);
  return values === undefined ? undefined : [...values];
}

function shapeOf(schema: z.ZodType, form: string): Shape {
  const { type, enum: values, additionalProperties } = jsonSchemaOf(schema);
  if (form === booleanForm) return 'flag';
  if (values !== undefined) return 'choice';
  if (type === 'array') return 'list';
  if (type === 'object') {
    const isOfLists = typeof additionalProperties === 'object' && additionalProperties.type === 'array';
    return isOfLists ? 'listMap' : 'map';
  }
  if (/PEM|XML/.test(form)) return 'long';
  // A duration is written as a text.
  return type === 'number' || type === 'integer'
    ? form.startsWith('a duration')
      ? 'text'
      : 'number'
    : 'text';
}
