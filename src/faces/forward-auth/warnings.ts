import type { ForwardAuthSettings } from './settings.ts';

/** What the warnings look at. */
export interface WarnedSettings {
  readonly trustedProxies: readonly string[];
  readonly forwardAuth: Pick<ForwardAuthSettings, 'rules' | 'signInUrl'>;
  readonly signIn: { readonly publicUrl?: string | undefined; readonly cookieDomain?: string | undefined };
}

/** One sentence for each way in which forward-auth is set up so that it cannot work as it is meant. */
export function forwardAuthWarnings({ trustedProxies, forwardAuth, signIn }: WarnedSettings): string[] {
  const { rules, signInUrl } = forwardAuth;
  if (rules.length === 0) return [];
  const warnings: string[] = [];
  if (trustedProxies.length === 0) {
    warnings.push(
      'forwardAuth has rules, but trustedProxies names nobody, so no proxy is believed and nobody passes.',
    );
  }
  const { publicUrl, cookieDomain } = signIn;
  if (publicUrl === undefined || signInUrl !== undefined) return warnings;
  const { hostname } = new URL(publicUrl);
  const isReached = (host: string): boolean =>
    host === hostname || (cookieDomain !== undefined && `.${host}`.endsWith(`.${cookieDomain}`));
  const unreached = rules
    .filter(({ allow }) => allow.who === 'signed-in')
    .flatMap(({ host }) => host)
    .map((host) => host.toLowerCase().replace(/^\*\./, ''))
    .filter((host) => host !== '*' && !isReached(host));
  if (unreached.length > 0) {
    warnings.push(
      `the session cookie does not reach ${[...new Set(unreached)].join(', ')}, so people who sign in at ${publicUrl} are not signed in there; set signIn.cookieDomain to a domain that holds both.`,
    );
  }
  return warnings;
}
