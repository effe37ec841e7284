import { z } from 'zod';
import {
  booleanForm,
  booleanSchema,
  durationForm,
  durationSchema,
  portForm,
  portSchema,
  setting,
  textForm,
} from '../../core/setting-forms.ts';
import { readDuration } from '../../core/settings.ts';
import { hostMatcher, isHostPattern } from './host.ts';
import { isPathPattern } from './path.ts';

/** A single value where a list is meant. */
const asSeveral = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);
const severalOf = <Item extends z.ZodType>(item: Item) => z.preprocess(asSeveral, z.array(item).min(1));

const host = z
  .string()
  .refine(isHostPattern, 'expected a host such as app.example.com, *.example.com or *, without port');
const path = z
  .string()
  .refine(
    isPathPattern,
    'expected a path such as /admin, or a pattern such as /files/*.pdf, as people write it, without escapes',
  );
const method = z.string().regex(/^[A-Z]+(?:-[A-Z]+)*$/, 'expected a method such as GET, in capitals');
const age = z.preprocess(
  (value) => (typeof value === 'string' ? readDuration(value) : undefined),
  z.number({ error: `expected ${durationForm}` }).min(1000, { error: 'expected at least 1s' }),
);

const whoForm = 'public, signed-in or nobody, or conditions of those who are signed in';
/** Who may pass. Conditions stand for signed-in users of whom all of them hold. */
const allow = z.preprocess(
  (value) => (typeof value === 'string' ? { who: value } : value),
  z
    .strictObject(
      {
        who: z.enum(['public', 'signed-in', 'nobody'], { error: `expected ${whoForm}` }).default('signed-in'),
        anyGroup: severalOf(textForm).optional(),
        allGroups: severalOf(textForm).optional(),
        /** A type such as `saml`, or a type and name such as `saml/okta`. */
        provider: severalOf(textForm).optional(),
        maxAge: age.optional(),
        minAge: age.optional(),
      },
      {
        error: ({ code }) => (code === 'invalid_type' ? `expected ${whoForm}` : undefined),
      },
    )
    .refine(({ who, ...conditions }) => who === 'signed-in' || Object.keys(conditions).length === 0, {
      error: 'conditions ask for somebody who is signed in; leave out who, or the conditions',
    }),
);

const rule = z.strictObject({
  name: textForm.optional(),
  host: severalOf(host),
  path: severalOf(path).optional(),
  methods: severalOf(method).optional(),
  realm: textForm.optional(),
  allow,
});

/** One rule as it is configured. */
export type RuleSetting = z.output<typeof rule>;

const rules = z.array(rule).superRefine((list, context) => {
  /** Rules that decide for the whole of their hosts. */
  const whole: { place: number; isOfHost: (host: string) => boolean }[] = [];
  for (const [place, { host: hosts, path: paths, methods }] of list.entries()) {
    const hiding = hosts.map((name) => whole.find(({ isOfHost }) => isOfHost(name.toLowerCase())));
    if (hiding.every((by) => by !== undefined)) {
      const message = `is never reached, since rule ${hiding[0]?.place} decides for all of its host; put it before that one`;
      context.addIssue({ code: 'custom', path: [place], message });
    }
    if (paths === undefined && methods === undefined) whole.push({ place, isOfHost: hostMatcher(hosts) });
  }
});

export const headerFamilies = ['remote', 'x-auth-request', 'both'] as const;

/** What the forward-auth face can be told. */
export const forwardAuthSettings = z
  .strictObject({
    rules: setting(
      rules.default([]),
      'Who may reach which host and path behind a proxy that asks at `/forward-auth/`. The first rule that matches decides; a request that none matches is refused. See [forward-auth](../guide/forward-auth.md).',
      { form: 'a list of rules', initial: '(nobody passes)', fileOnly: true },
    ),
    realm: setting(
      textForm.default('default'),
      'The realm whose sessions pass, for rules that name none. `*` stands for every realm.',
      { form: 'a name, or *', initial: 'default' },
    ),
    headers: setting(
      z.enum(headerFamilies).default('remote'),
      'Under which names applications are told who is asking. Those of the other family are answered empty.',
      { form: headerFamilies.join(', '), initial: 'remote' },
    ),
    assertion: setting(
      booleanSchema.default(true),
      'Answers `Curfew-Assertion` too: who is asking, signed, so that an application can tell a proxy from somebody who went around it.',
      { form: booleanForm, initial: 'true' },
    ),
    assertionLifetime: setting(
      durationSchema(10_000).default(60_000),
      'How long a signed assertion is believed after it was made.',
      { form: `${durationForm}, at least 10s`, initial: '60s' },
    ),
    signInUrl: setting(
      z.url({ protocol: /^https?$/ }).optional(),
      "Where browsers are led to sign in: `?return=` and the page's address are added. Only for a sign-in page of your own.",
      { form: 'an absolute URL', initial: '(the sign-in page of Curfew, if it has one)' },
    ),
    grpcPort: setting(
      portSchema.optional(),
      "The port of Envoy's `ext_authz` over gRPC, with TLS if there is a certificate.",
      { form: portForm, initial: '(not served)' },
    ),
  })
  .prefault({});

export type ForwardAuthSettings = z.output<typeof forwardAuthSettings>;
