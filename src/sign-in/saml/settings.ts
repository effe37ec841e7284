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

const attribute = z.string().min(1).max(256);
const attributeForm = 'the Name or FriendlyName of an attribute';

/** The longest metadata that is read, in letters: enough for one provider, not for a whole federation. */
export const mostMetadata = 512 * 1024;

/** What a provider of SAML can be told. */
export const samlSettings = z.strictObject({
  metadata: setting(
    textForm.max(mostMetadata).optional(),
    'The metadata of the identity provider; else `metadataUrl` says where it is.',
    { form: 'an XML document' },
  ),
  metadataUrl: setting(
    z.string().refine(isProtectedUrl).optional(),
    'Where the metadata of the identity provider is read. It is read anew each `metadataLifetime`; if that fails, the last is used.',
    { form: 'an https URL; http only for this machine' },
  ),
  metadataLifetime: setting(
    durationSchema(1000).default(3_600_000),
    'How long metadata that was read is used.',
    { form: durationForm, initial: '1h' },
  ),
  identityProvider: setting(
    textForm.max(1024).optional(),
    'The entity id of the identity provider, where the metadata holds several.',
    { form: 'an entity id' },
  ),
  entityId: setting(
    textForm.max(1024).optional(),
    'The entity id of Curfew, as the identity provider knows it.',
    { form: 'a URI', initial: '(the URL of its metadata)' },
  ),
  certificate: setting(
    textForm.max(16 * 1024).optional(),
    'The certificate of `privateKey`, which the identity provider is told. Without it requests are not signed, assertions cannot be encrypted, and there is no single logout.',
    { form: 'a certificate in PEM' },
  ),
  signed: setting(
    z.enum(['assertion', 'response', 'both', 'either']).default('assertion'),
    'What the identity provider must have signed.',
    { form: 'assertion, response, both or either', initial: 'assertion' },
  ),
  allowSha1: setting(
    booleanSchema.default(false),
    'Takes signatures made with SHA-1, which can be forged with much effort; for identity providers that know no other.',
    { form: booleanForm, initial: 'false' },
  ),
  requireEncryption: setting(booleanSchema.default(false), 'Refuses assertions that are not encrypted.', {
    form: booleanForm,
    initial: 'false',
  }),
  nameIdFormat: setting(
    z.enum(['persistent', 'transient', 'emailAddress', 'unspecified']).optional(),
    'Which kind of NameID is asked for. A transient one is no subject, so the session gets a random one.',
    {
      form: 'persistent, transient, emailAddress or unspecified',
      initial: '(as the identity provider likes)',
    },
  ),
  usernameAttribute: setting(attribute.optional(), 'The attribute that becomes the username.', {
    form: attributeForm,
    initial: '(the NameID)',
  }),
  groupsAttribute: setting(attribute.default('groups'), 'The attribute that holds the groups of the user.', {
    form: attributeForm,
    initial: 'groups',
  }),
  ...groupSettings,
  attributes: setting(
    z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/), attribute).default({}),
    'Which attributes a session keeps: the name in the session, then that of the identity provider.',
    { form: 'a map such as { mail: urn:oid:0.9.2342.19200300.100.1.3 }', initial: '(none)' },
  ),
  authnContexts: setting(
    z.array(textForm.max(256)).max(20).default([]),
    'The ways of authentication that will do (AuthnContextClassRef); an answer with another is refused.',
    { form: 'a list of URIs', initial: '(any)' },
  ),
  clockSkew: setting(
    durationSchema(0).default(60_000),
    'How far the clocks of the identity provider and of Curfew may differ.',
    { form: durationForm, initial: '60s' },
  ),
  timeout: setting(durationSchema(100).default(10_000), 'How long reading the metadata may take.', {
    form: durationForm,
    initial: '10s',
  }),
  ca: setting(
    textForm.max(512 * 1024).optional(),
    'Certificates of authorities that are trusted for `metadataUrl`, instead of those of the system.',
    { form: 'certificates in PEM' },
  ),
});

export type SamlSettings = z.output<typeof samlSettings>;
