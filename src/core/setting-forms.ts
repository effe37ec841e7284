import { z } from 'zod';
import { readDuration, type SettingMeta } from './settings.ts';

/** A text from a flag or the environment as the list, number or duration that a file holds as such. */
export const asList = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
export const asBoolean = (value: unknown): unknown =>
  value === 'true' ? true : value === 'false' ? false : value;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
const asMs = (value: unknown): unknown => (typeof value === 'string' ? readDuration(value) : undefined);

/** A text that is not empty. */
export const textForm = z.string().min(1);
export const portForm = 'a port from 0 to 65535; 0 takes a free one';
export const portSchema = z.preprocess(asNumber, z.int().min(0).max(65_535));
export const durationForm = 'a duration such as 90s, 30m, 72h or 7d';
/** A duration, in milliseconds once it is read. */
export const durationSchema = (leastMs: number) => z.preprocess(asMs, z.number().min(leastMs));
export const countSchema = (least: number, most: number) =>
  z.preprocess(asNumber, z.int().min(least).max(most));
export const booleanForm = 'true or false';
export const booleanSchema = z.preprocess(asBoolean, z.boolean());
/** A list of texts. */
export const namesSchema = z.preprocess(asList, z.array(textForm).min(1));

/** Puts onto a schema what messages and the reference page need to know. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  meta: SettingMeta,
): Schema {
  return schema.meta({ description, ...meta });
}
