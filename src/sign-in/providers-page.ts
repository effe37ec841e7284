import { type Setting, settingsOf } from '../core/settings.ts';
import type { ProviderKind } from './kind.ts';
import { configuredSchema } from './provider-settings.ts';
import { providerKinds } from './table.ts';

/** The part of the reference of settings that says what each type of provider can be told. */
export function providersPage(): string {
  return providerKinds.map(kindSection).join('\n');
}

function kindSection(kind: ProviderKind): string {
  const rows = settingsOf(configuredSchema(kind).omit({ type: true })).map(settingRow);
  return `## providers of the type ${kind.type}\n\n${kind.summary}\n\n| key | what it is | form | without it |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function settingRow({ key, description, form, initial, schema }: Setting): string {
  const isNeeded = !schema.safeParse(undefined).success;
  const cells = [`\`${key}\``, description, form, isNeeded ? 'the start fails' : (initial ?? 'nothing')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
