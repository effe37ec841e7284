import type { AddressInfo } from 'node:net';
import connectPostgres from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import express, { type Response } from 'express';
import session, { type SessionData } from 'express-session';
import { createClient } from 'redis';
import { reportListening, startOptions } from './reporting.ts';

/**
 * What an application does without Curfew: express-session with its sessions in Redis or PostgreSQL, set up as the documentation of
 * both advises. `/page` answers what a check answers, `/login` signs a user in.
 */

declare module 'express-session' {
  interface SessionData {
    user: { name: string; groups: string[]; realm: string; provider: string };
  }
}

const { redisPort, postgresUrl, withTouch } = startOptions<{
  redisPort?: number;
  /** Keeps the sessions in this database instead, by connect-pg-simple. */
  postgresUrl?: string;
  withTouch: boolean;
}>();

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(
  session({
    store: postgresUrl === undefined ? await redisStore() : postgresStore(postgresUrl),
    secret: 'only for this measurement',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 60_000 },
  }),
);
app.post('/login', (request, response) => {
  const name = String(request.query.name);
  request.session.user = { name, groups: ['read', 'storage'], realm: 'default', provider: 'saml/corp-sso' };
  response.status(204).end();
});
app.get('/page', (request, response) => {
  if (request.session.user === undefined) response.status(401).end();
  else answer(response, request.session.user, request.sessionID);
});
const server = app.listen(0, '127.0.0.1', () => reportListening((server.address() as AddressInfo).port));

async function redisStore(): Promise<RedisStore> {
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  await client.connect();
  return new RedisStore({ client, disableTouch: !withTouch });
}

function postgresStore(conString: string): session.Store {
  const PostgresSessions = connectPostgres(session);
  return new PostgresSessions({ conString, createTableIfMissing: true, disableTouch: !withTouch });
}

function answer(response: Response, user: SessionData['user'], id: string): void {
  response.set({
    'Remote-User': user.name,
    'Remote-Groups': user.groups.join(','),
    'Remote-Realm': user.realm,
    'Remote-Provider': user.provider,
    'Session-Id': id,
    'Cache-Control': 'no-store',
  });
  response.status(200).end();
}
