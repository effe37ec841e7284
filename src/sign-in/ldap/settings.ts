import { z } from 'zod';
import { parseDn } from '../../core/distinguished-name.ts';
import {
  booleanForm,
  booleanSchema,
  countSchema,
  durationForm,
  durationSchema,
  namesSchema,
  setting,
  textForm,
} from '../../core/setting-forms.ts';
import { groupSettings } from '../mapping.ts';
import { dnPlace, isFilter, usernamePlace } from './filter-template.ts';

const dnForm = 'a distinguished name';
const dn = z
  .string()
  .max(1024)
  .refine((text) => parseDn(text) !== undefined, `expected ${dnForm}`);
const attributeForm = 'the name of an attribute';
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, `expected ${attributeForm}`);
const filterForm = (place: string) => `a filter (RFC 4515) that holds ${place}`;
const filterWith = (...places: readonly string[]) =>
  z
    .string()
    .max(4096)
    .refine(isFilter, 'expected a filter such as (uid={username})')
    .refine((text) => places.some((place) => text.includes(place)), `expected a filter with ${places[0]}`);

/** An address of a directory server: scheme, host and port. */
const serverUrl = z.string().refine((text) => {
  if (!/^ldaps?:\/\/[^/?#@]+\/?$/i.test(text) || !URL.canParse(text)) return false;
  return new URL(text).hostname !== '';
}, 'expected a server such as ldaps://ldap.example.org or ldap://192.0.2.7:389');

/** What a provider of LDAP can be told. */
export const ldapSettings = z.strictObject({
  servers: setting(
    namesSchema.pipe(z.array(serverUrl).max(16)),
    'The servers of the directory, all of the same content. The first that answers is asked; the others take over while it does not.',
    { form: 'a list of servers such as ldaps://ldap1.example.org' },
  ),
  startTls: setting(
    booleanSchema.default(true),
    'Encrypts connections to servers named by `ldap://` before anything else is sent. Without it passwords go over the network as they are.',
    { form: booleanForm, initial: 'true' },
  ),
  ca: setting(
    textForm.max(512 * 1024).optional(),
    'Certificates of authorities that are trusted for the servers, instead of those of the system.',
    { form: 'certificates in PEM' },
  ),
  caFile: setting(textForm.max(4096).optional(), 'A file with such certificates, in place of `ca`.', {
    form: 'a path',
  }),
  verifyCertificate: setting(
    booleanSchema.default(true),
    'Refuses servers whose certificate is not of a trusted authority or not of their name. Without it anybody in between can read the passwords.',
    { form: booleanForm, initial: 'true' },
  ),
  bindDn: setting(
    dn.optional(),
    'The account by which Curfew searches; its password is `bindPassword`. Without it Curfew searches without an account or, with `userDn`, as the user.',
    { form: dnForm },
  ),
  userDn: setting(
    dn
      .refine((text) => text.includes(usernamePlace), `expected ${usernamePlace} in a value of it`)
      .optional(),
    `The name of a user's entry, with \`${usernamePlace}\` where the username belongs: the user is bound by it at once. Without it the entry is searched for.`,
    { form: `${dnForm} that holds ${usernamePlace}` },
  ),
  userBase: setting(
    dn.optional(),
    'Below it the entry of the user is searched for; needed without `userDn`.',
    {
      form: dnForm,
    },
  ),
  userFilter: setting(
    filterWith(usernamePlace).default('(uid={username})'),
    `Which entry is the user's, with \`${usernamePlace}\` for what was typed. It must name one entry; for Active Directory \`(&(objectClass=user)(sAMAccountName={username}))\`.`,
    { form: filterForm(usernamePlace), initial: '(uid={username})' },
  ),
  usernameAttribute: setting(
    attribute.default('uid'),
    'The attribute that becomes the username of the session, however the name was typed; for Active Directory `sAMAccountName`.',
    { form: attributeForm, initial: 'uid' },
  ),
  attributes: setting(
    z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/), attribute).default({}),
    'Which attributes of the entry a session keeps: the name in the session, then the one in the directory.',
    { form: 'a map such as { email: mail, name: cn }', initial: '(none)' },
  ),
  groupsFrom: setting(
    z.enum(['memberOf', 'search', 'none']).default('memberOf'),
    "Where the groups of a user are read: in the attribute `memberOf` of the user's entry, by a search for groups that name the user, or nowhere.",
    { form: 'memberOf, search or none', initial: 'memberOf' },
  ),
  groupBase: setting(
    dn.optional(),
    'Only groups at or below it count; needed for `search`. Whoever may make groups elsewhere gives no rights here.',
    { form: dnForm },
  ),
  groupFilter: setting(
    filterWith(dnPlace, usernamePlace).default('(|(member={dn})(uniqueMember={dn}))'),
    `Which groups name somebody, for \`search\`, with \`${dnPlace}\` for the name of the entry; \`(memberUid=${usernamePlace})\` for groups that name users by their username.`,
    { form: filterForm('{dn} or {username}'), initial: '(|(member={dn})(uniqueMember={dn}))' },
  ),
  groupNameAttribute: setting(
    attribute.default('cn'),
    'The attribute of a group that is its name. In `groups` a group may also be named by its distinguished name.',
    { form: attributeForm, initial: 'cn' },
  ),
  nestedGroups: setting(
    z.enum(['no', 'auto', 'walk', 'chain']).default('auto'),
    'Whether groups of which a group is a member count too. `walk` asks for the groups of each group; `chain` leaves that to the server, which Active Directory and Samba can; `auto` takes `chain` where the server says that it is one of them, else `walk`.',
    { form: 'no, auto, walk or chain', initial: 'auto' },
  ),
  ...groupSettings,
  connections: setting(
    countSchema(1, 100).default(8),
    'The most connections to one server for searches, and as many for the passwords of users.',
    { form: 'a number from 1 to 100', initial: '8' },
  ),
  connectTimeout: setting(
    durationSchema(100).default(3000),
    'How long a server may take until a connection to it is usable.',
    { form: durationForm, initial: '3s' },
  ),
  timeout: setting(durationSchema(100).default(5000), 'How long a server may take for one answer.', {
    form: durationForm,
    initial: '5s',
  }),
  retryAfter: setting(
    durationSchema(0).default(30_000),
    'How long a server that failed is left alone while another answers.',
    { form: durationForm, initial: '30s' },
  ),
  refusalDelay: setting(
    durationSchema(0).default(1000),
    'A refusal is answered no sooner than this after the attempt, so that its time does not tell whether the name is known.',
    { form: durationForm, initial: '1s' },
  ),
});

export type LdapSettings = z.output<typeof ldapSettings>;

/** The secrets of a provider of LDAP, with a description each. */
export const ldapSecrets = { bindPassword: 'The password of `bindDn`.' } as const;
