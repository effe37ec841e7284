import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf } from '../../support/web-agent.ts';
import { addProvider, presentClock, startWithOidc, startWithSaml } from './real-identity-providers.ts';
import { Browser, isLive, startSignInServer } from './sign-in-server.ts';

test('the chooser leads to the provider, and the provider back to where the user was going', async (t) => {
  const { server, authenticate } = await startWithOidc(t);
  const browser = new Browser(server);
  const page = await browser.open(`/sign-in?return=${encodeURIComponent(`${server.url}/docs`)}`);
  const link = /href="([^"]*\/corp\/start[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const { url } = await authenticate(browser, await browser.open(link), 'ana');
  const answer = await browser.request(url);
  assert.equal(answer.headers.get('location'), '/docs');
  assert.equal(await isLive(server, browser.token), true);
  const cookies = [...(browser.cookies.get(new URL(server.url).host)?.keys() ?? [])];
  assert.deepEqual(
    cookies.filter((name) => name.startsWith('curfew_attempt')),
    [],
    'nothing is left of the attempt',
  );
  assert.equal((await browser.request(url)).status, 400, 'what came back once is good for nothing more');
});

test('of several sign-ins at once in one browser, each is finished by its own answer', async (t) => {
  const { server, start, authenticate } = await startWithOidc(t);
  const browser = new Browser(server);
  const first = await start(browser, '?return=%2Fdocs');
  // Another tab begins meanwhile, before the first has come to its end.
  const second = await browser.request(`${server.url}/sign-in/default/corp/start?return=%2Fme`);
  assert.equal(second.status, 303);
  const { url } = await authenticate(browser, first, 'ana');
  assert.equal((await browser.request(url)).headers.get('location'), '/docs');
  const other = await browser.visit(second.headers.get('location') ?? '', { until: `${server.url}/me` });
  assert.equal(other.url.pathname, '/me');
});

test('a callback that no sign-in of this browser asked for signs nobody in', async (t) => {
  const { server, start, authenticate } = await startWithOidc(t);
  const [attacker, victim] = [new Browser(server), new Browser(server)];
  const { url } = await authenticate(attacker, await start(attacker), 'ana');
  assert.equal((await victim.request(url)).status, 400);
  await start(victim);
  assert.notEqual((await victim.request(url)).status, 303);
  assert.equal(victim.token, undefined, 'nobody is signed in as somebody else unawares');
});

test('signing out leads on to the issuer, and nothing is left signed in here', async (t) => {
  const { server, signIn } = await startWithOidc(t);
  const browser = new Browser(server);
  await signIn(browser, 'ana');
  const { token } = browser;
  const done = await browser.submit(await browser.open('/sign-out'));
  assert.match(done.headers.get('refresh') ?? '', /^2; url=http:\/\/127\.0\.0\.1:\d+\/.*end.*logout_hint=/);
  assert.match(done.text, /You are led on to Example Corporation/);
  assert.equal(await isLive(server, token), false);
});

test('a new configuration version ends the sessions of the former, but only on request', async (t) => {
  const { server, signIn } = await startWithOidc(t);
  const browser = new Browser(server);
  await signIn(browser, 'ana');
  const { providers } = (await server.asAdmin('GET /v1/providers')).body;
  const { id } = providers.find(({ name }: { name: string }) => name === 'corp');
  const kept = await server.asAdmin(`PATCH /v1/providers/${id}`, { title: 'Corporation' });
  assert.deepEqual([kept.body.provider.configVersion, kept.body.terminated], [2, 0]);
  assert.equal(await isLive(server, browser.token), true);
  const ended = await server.asAdmin(`PATCH /v1/providers/${id}`, { title: 'Corp', endSessions: true });
  assert.deepEqual([ended.body.provider.configVersion, ended.body.terminated], [3, 1]);
  assert.equal(await isLive(server, browser.token), false);
  const again = new Browser(server);
  await signIn(again, 'ana');
  assert.equal(await isLive(server, again.token), true);
});

test('an answer sent by a form of another site is taken, also where the browser holds the cookies back', async (t) => {
  const { server, start, authenticate } = await startWithSaml(t);
  const browser = new Browser(server);
  const { url, form = {} } = await authenticate(browser, await start(browser), 'ana@example.org');
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site', origin: 'https://idp.example.org' },
    body: new URLSearchParams(form),
    redirect: 'manual',
  });
  const page = { url, status: response.status, headers: response.headers, text: await response.text() };
  assert.match(page.text, /Almost there/);
  assert.equal(formOf(page).action.href, url.href, 'it is sent on to the same place');
  assert.equal((await browser.submit(page)).url.pathname, '/me');
  assert.equal(await isLive(server, browser.token), true);
  assert.equal((await browser.submit(page)).status, 400, 'and is good for nothing more');
  const nobody = await new Browser(server).submit(page);
  assert.equal(nobody.status, 400, 'nor for anybody else');
});

test('a provider that is down is told as such, and the others still let people in', async (t) => {
  const server = await startSignInServer(t, {}, presentClock());
  await addProvider(server, {
    type: 'oidc',
    settings: { issuer: 'http://127.0.0.1:9', clientId: 'x' },
    secrets: { clientSecret: 'x' },
  });
  const page = await new Browser(server).open('/sign-in/default/corp/start');
  assert.equal(page.status, 503);
  assert.match(page.text, /cannot be reached at present/);
  assert.match(page.text, /name="password"/);
});
