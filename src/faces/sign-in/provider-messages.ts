import { CurfewError } from '../../core/errors.ts';
import { endReceived } from '../../sign-in/received-logout.ts';
import { type Answer, redirect } from './answer.ts';
import { redirectProvider } from './redirects.ts';
import type { Route, Visit } from './visit.ts';

/**
 * `GET` and `POST /sign-in/{realm}/{provider}/logout`: a provider ends sessions, by the browser or directly. The sessions
 * are dead before it is answered.
 */
export const takeLogout: readonly Route[] = (['GET', 'POST'] as const).map((method) => ({
  method,
  path: '/sign-in/{realm}/{provider}/logout',
  takesForeign: true,
  run: receive,
}));

async function receive(visit: Visit): Promise<Answer> {
  const { parts, url, form, ip } = visit;
  const { used, signIn } = redirectProvider(visit);
  if (signIn.receiveLogout === undefined) throw new CurfewError('not_found', 'It sends no such messages.');
  try {
    const received = await signIn.receiveLogout({ url, form, remembered: {} });
    const matched = await endReceived(received, used, { from: ip, parts: parts.services });
    parts.log.info({ provider: used.provider.name, matched }, 'a provider has ended sessions');
    const { answer } = received;
    if ('location' in answer) return redirect(answer.location);
    return { status: 200, cookies: [], headers: { 'content-type': answer.mediaType }, body: answer.body };
  } catch (error) {
    if (!(error instanceof CurfewError) || error.code !== 'sign_in_refused') throw error;
    parts.log.warn({ provider: used.provider.name, err: error }, 'a message to end sessions was refused');
    // OpenID Connect Back-Channel Logout 1.0 section 2.8: status 400, and what is wrong if it may be told.
    return {
      status: 400,
      cookies: [],
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: 'invalid_request' }),
    };
  }
}

/** `GET /sign-in/{realm}/{provider}/metadata`: what the provider must know of Curfew. */
export const showMetadata: Route = {
  method: 'GET',
  path: '/sign-in/{realm}/{provider}/metadata',
  async run({ parts, path: { realm = '', provider = '' } }) {
    const document = await parts.services.signIn.providers.metadataOf(realm, provider);
    if (document === undefined) throw new CurfewError('not_found', 'There is no such document.');
    return {
      status: 200,
      cookies: [],
      headers: { 'content-type': document.mediaType },
      body: document.body,
    };
  },
};
