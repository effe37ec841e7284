import { z } from 'zod';
import {
  booleanForm,
  booleanSchema,
  durationForm,
  durationSchema,
  setting,
  textForm,
} from '../../core/setting-forms.ts';
import { groupSettings } from '../mapping.ts';
import { isProtectedUrl } from '../protected-url.ts';

const claimForm = 'the name of a claim, or a path such as realm_access.roles';
const claim = z.string().min(1).max(256);

/** What a provider of OpenID Connect can be told. */
export const oidcSettings = z.strictObject({
  issuer: setting(
    z.string().refine(isProtectedUrl),
    'The issuer, exactly as it names itself; its metadata is read from `/.well-known/openid-configuration` below it.',
    { form: 'an https URL; http only for this machine' },
  ),
  clientId: setting(textForm.max(1024), 'The id by which the issuer knows Curfew.', { form: 'a text' }),
  clientAuthentication: setting(
    z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
      .default('client_secret_basic'),
    'How Curfew proves to the issuer who it is; the first two need `clientSecret`, the third needs `privateKey`.',
    {
      form: 'client_secret_basic, client_secret_post, private_key_jwt or none',
      initial: 'client_secret_basic',
    },
  ),
  privateKeyId: setting(
    textForm.max(1024).optional(),
    'The `kid` of `privateKey`, if the issuer asks for one.',
    {
      form: 'a text',
    },
  ),
  scopes: setting(
    z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
      .max(50)
      .default(['openid', 'profile', 'email']),
    'What is asked for; `openid` is always among it.',
    { form: 'a list of scopes', initial: 'openid, profile, email' },
  ),
  usernameClaim: setting(
    claim.default('preferred_username'),
    'The claim that becomes the username. A user without it is refused. `email` counts only when the issuer does not say that it is unverified.',
    { form: claimForm, initial: 'preferred_username' },
  ),
  groupsClaim: setting(
    claim.default('groups'),
    'The claim that holds the groups of the user: a list of texts, or one text.',
    { form: claimForm, initial: 'groups' },
  ),
  ...groupSettings,
  attributes: setting(
    z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/), claim).default({}),
    'Which claims a session keeps as its attributes: the name of the attribute, then the claim.',
    { form: 'a map such as { mail: email }', initial: '(none)' },
  ),
  userinfo: setting(
    booleanSchema.default(false),
    'Also asks the userinfo endpoint, for issuers that leave claims out of the ID token.',
    { form: booleanForm, initial: 'false' },
  ),
  acrValues: setting(
    z.array(textForm.max(256)).max(20).default([]),
    'The levels of authentication that will do, the best first; an answer with another is refused.',
    { form: 'a list of texts', initial: '(any)' },
  ),
  refreshClaims: setting(
    booleanSchema.default(false),
    'Keeps a refresh token with the session, sealed, so that the rights of a session can be read anew from the issuer. Asks for the scope `offline_access`.',
    { form: booleanForm, initial: 'false' },
  ),
  timeout: setting(durationSchema(100).default(10_000), 'How long the issuer may take for one answer.', {
    form: durationForm,
    initial: '10s',
  }),
  metadataLifetime: setting(
    durationSchema(1000).default(3_600_000),
    'How long metadata of the issuer is used before it is read anew. If that fails, the last is used.',
    { form: durationForm, initial: '1h' },
  ),
  ca: setting(
    textForm.max(512 * 1024).optional(),
    'Certificates of authorities that are trusted for the issuer, instead of those of the system.',
    { form: 'certificates in PEM' },
  ),
});

export type OidcSettings = z.output<typeof oidcSettings>;
