import { z } from 'zod';
import { countSchema, setting, textForm } from '../core/setting-forms.ts';

/** A scheme, host and port without anything behind them, in the normal form. */
export const originSchema = z.string().transform((text, context) => {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url !== undefined && `${url.origin}/` === url.href && !text.includes('@');
  if (isBare) return url.origin;
  context.addIssue({ code: 'custom', message: 'expected an origin such as https://sso.example.org' });
  return z.NEVER;
});

/** An origin in which the host may begin with `*.`, which stands for any host below. */
const originPattern = /^https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/;

/** What the pages of the sign-in can be told. */
export const signInSettings = z
  .strictObject({
    publicUrl: setting(
      originSchema.optional(),
      'Where browsers reach Curfew, as the proxy before it is reached; callbacks of identity providers lead there. With `https` the session cookie is sent over TLS only.',
      {
        form: 'an origin such as https://sso.example.org',
        initial: '(http, with `host` and `port`)',
      },
    ),
    cookieDomain: setting(
      z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
        .optional(),
      'The domain whose hosts all get the session cookie, for applications behind a proxy that asks Curfew. Without it only the host of `publicUrl` gets it.',
      { form: 'a domain such as example.org, in lower case, which holds the host of publicUrl' },
    ),
    returnTo: setting(
      z
        .preprocess(
          (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
          z.array(z.string().regex(originPattern)).min(1),
        )
        .optional(),
      'Where the sign-in may lead a browser back to. Anything else leads to the page of the own sessions.',
      {
        form: 'a list of origins such as https://app.example.org or https://*.example.org',
        initial: '(the hosts that the session cookie reaches)',
      },
    ),
    realm: setting(textForm.default('default'), 'The realm that `/sign-in` is for when none is named.', {
      form: 'a name',
      initial: 'default',
    }),
    attemptsPerMinute: setting(
      countSchema(1, 1_000_000).default(60),
      'How many sign-ins one address may try in a minute, over all accounts.',
      { form: 'a number from 1 to 1000000', initial: '60' },
    ),
  })
  .prefault({});

export type SignInSettings = z.output<typeof signInSettings>;
