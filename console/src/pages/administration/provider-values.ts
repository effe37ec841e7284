import type { Outputs } from '../../api.ts';

export type Provider = Outputs['providers.list']['providers'][number];
export type ProviderType = Outputs['providers.types']['types'][number];
export type Setting = ProviderType['settings'][number];

/** The settings that nearly everybody looks at, by type; those that are needed are among them without being named. */
const common: Readonly<Record<ProviderType['type'], readonly string[]>> = {
  basic: [],
  ldap: [
    'startTls',
    'bindDn',
    'userDn',
    'userBase',
    'userFilter',
    'usernameAttribute',
    'groupsFrom',
    'groupBase',
  ],
  oidc: ['clientAuthentication', 'usernameClaim', 'groupsClaim'],
  saml: ['metadataUrl', 'metadata', 'usernameAttribute', 'groupsAttribute', 'certificate'],
};

/** Whether a setting stands among the first. */
export function isCommon(type: ProviderType['type'], setting: Setting): boolean {
  return setting.required || common[type].includes(setting.name);
}

/** A value of a setting as it is edited; nothing for one that is not set. */
export function textOf({ shape }: Setting, value: unknown): string {
  if (value === undefined || value === null) return '';
  switch (shape) {
    case 'list':
      return Array.isArray(value) ? value.join('\n') : String(value);
    case 'map':
      return Object.entries(value)
        .map(([name, one]) => `${name} = ${String(one)}`)
        .join('\n');
    case 'listMap':
      return Object.entries(value as Record<string, readonly string[]>)
        .map(([name, list]) => `${name} = ${list.join(', ')}`)
        .join('\n');
    default:
      return String(value);
  }
}

/** What was entered as the API takes it; undefined for nothing. What does not fit is sent, so that the API says so. */
export function givenOf({ shape }: Setting, text: string): unknown {
  if (text.trim() === '') return undefined;
  switch (shape) {
    case 'flag':
      return text === 'true';
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'list':
      return linesOf(text);
    case 'map':
      return Object.fromEntries(linesOf(text).map(halves));
    case 'listMap':
      return Object.fromEntries(
        linesOf(text)
          .map(halves)
          .map(([name, list]) => [name, listOf(list)]),
      );
    case 'text':
      return text.trim();
    default:
      return text;
  }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function halves(line: string): [string, string] {
  // Names of groups may be distinguished names, which hold signs of equality without blanks around them.
  const at = line.includes(' = ') ? line.indexOf(' = ') + 1 : line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
