import type { IncomingMessage } from 'node:http';
import { CurfewError, errorTable, toCurfewError } from '../../core/errors.ts';
import type { Sealer } from '../../core/sealing.ts';
import type { AttemptStore } from '../../session/attempt-store.ts';
import { Attempts } from '../../sign-in/attempt.ts';
import type { PublicPlace } from '../../sign-in/public-place.ts';
import type { Face, FaceParts } from '../face.ts';
import type { ReadToken } from '../http/presented-token.ts';
import { type Answer, pageAnswer, send } from './answer.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { CookieWriter, readCookies } from './cookies.ts';
import { FormSeal } from './form-seal.ts';
import { html } from './html.ts';
import { alert, layout } from './layout.ts';
import { meRoutes } from './me.ts';
import { accountRoutes } from './me-account.ts';
import { openPage } from './open.ts';
import { takePassword } from './password.ts';
import { showMetadata, takeLogout } from './provider-messages.ts';
import { readForm } from './read-form.ts';
import { startRedirect, takeAnswer } from './redirects.ts';
import { askSignOut, signedOut, signOut } from './sign-out.ts';
import { takeStep } from './step.ts';
import { type Strings, stringsFor } from './strings.ts';
import { styleAnswer, stylePath } from './style.ts';
import { demandOwnOrigin, type Route, type SignInParts } from './visit.ts';

export interface SignInFaceOptions extends FaceParts {
  readonly place: PublicPlace;
  readonly readToken: ReadToken;
  readonly sealer: Sealer;
  readonly attemptsPerMinute: number;
  /** Where tries are counted together with other processes; absent for a process that is alone. */
  readonly attempts?: AttemptStore | undefined;
}

/** Every place of the face. */
export const signInRoutes: readonly Route[] = [
  openPage,
  takePassword,
  takeStep,
  startRedirect,
  ...takeAnswer,
  ...takeLogout,
  showMetadata,
  askSignOut,
  signOut,
  signedOut,
  ...meRoutes,
  ...accountRoutes,
  { method: 'GET', path: stylePath, run: async () => styleAnswer() },
];

const patterns = signInRoutes.map((route) => ({ route, steps: route.path.split('/') }));

/** Makes the face: the pages by which people sign in, out, and look after their sessions. */
export function createSignInFace(options: SignInFaceOptions): Face {
  const { services, place, sealer } = options;
  const { clock, registry } = services;
  const { maxSignInAgeMs } = registry;
  const parts: SignInParts = {
    ...options,
    attempts: new Attempts({ sealer, clock, maxSignInAgeMs }),
    cookies: new CookieWriter(place),
    limit: new AttemptLimit({
      clock,
      perMinute: options.attemptsPerMinute,
      name: 'sign-in',
      store: options.attempts,
    }),
    forms: new FormSeal(sealer.derived('forms')),
    maxSignInAgeMs,
  };
  return {
    owns: (path) => /^\/(?:sign-in|sign-out|me)(?:\/|$)/.test(path),
    handle(request, response) {
      answer(request, parts)
        .then((result) => send(response, request.method === 'HEAD' ? { ...result, body: '' } : result))
        // The client has gone; there is nobody to answer.
        .catch(() => response.destroy());
    },
    close: async () => {},
  };
}

async function answer(request: IncomingMessage, parts: SignInParts): Promise<Answer> {
  const strings = stringsFor(request.headers['accept-language']);
  try {
    return await respond(request, parts, strings);
  } catch (thrown) {
    // What was not read yet would be taken for the next request of the connection.
    request.resume();
    const error = toCurfewError(thrown);
    if (error.code === 'internal')
      parts.log.error({ err: error.cause ?? error, face: 'sign-in' }, 'a page failed');
    return failurePage(error, strings);
  }
}

async function respond(request: IncomingMessage, parts: SignInParts, strings: Strings): Promise<Answer> {
  // The host that a request names counts for nothing: a link made from it could lead anywhere.
  const target = request.url ?? '/';
  const url = URL.canParse(parts.place.url + target) ? new URL(parts.place.url + target) : undefined;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = url === undefined ? undefined : routeOf(method, url.pathname);
  if (url === undefined || found === undefined) throw new CurfewError('not_found', 'There is no such page.');
  const { route, path } = found;
  if (route.method === 'POST' && route.takesForeign !== true) demandOwnOrigin(request, parts.place);
  return route.run({
    parts,
    request,
    url,
    form: route.method === 'POST' ? await readForm(request) : new URLSearchParams(),
    cookies: readCookies(request.headers.cookie),
    ip: parts.addressOf(request),
    userAgent: request.headers['user-agent'],
    strings,
    path,
  });
}

function routeOf(
  method: string | undefined,
  pathname: string,
): { route: Route; path: Record<string, string> } | undefined {
  const given = pathname.split('/');
  for (const { route, steps } of patterns) {
    if (route.method !== method || steps.length !== given.length) continue;
    const path = namesIn(steps, given);
    if (path !== undefined) return { route, path };
  }
  return undefined;
}

function namesIn(steps: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const path: Record<string, string> = {};
  for (const [index, step] of steps.entries()) {
    const text = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(step)?.[1];
    if (name === undefined) {
      if (step !== text) return undefined;
      continue;
    }
    try {
      path[name] = decodeURIComponent(text);
    } catch {
      return undefined;
    }
  }
  return path;
}

/** For people: what our own errors say of the inside stays inside. */
function failurePage({ code, details }: CurfewError, strings: Strings): Answer {
  const { errors } = strings;
  const text =
    code === 'not_found'
      ? errors.notFound
      : code === 'forbidden'
        ? errors.foreign
        : code === 'store_unavailable' || code === 'provider_unavailable'
          ? errors.unavailable
          : errors.unexpected;
  const body = html`${alert(text)}
<p><a class="button second" href="/sign-in">${errors.back}</a></p>`;
  const seconds = details.retryAfterSeconds;
  return pageAnswer(layout({ strings, title: errors.title, body }), {
    status: errorTable[code].http,
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(Math.ceil(seconds)) } }),
  });
}
