import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/ports.ts';
import { nginxProgram, runNginx } from './nginx-server.ts';
import { placed } from './placement.ts';
import { cpuMicrosOf, type StartedServer } from './started-process.ts';

/**
 * LemonLDAP::NG as Debian packages it: its own server for nginx's `auth_request`, its portal with the users of the
 * demonstration, sessions in files with its local cache, and the configuration that comes with it but for folders and what
 * `changes` says. Its portal does not start without libraries that its packages only recommend:
 *
 *   apt-get install --no-install-recommends lemonldap-ng-handler lemonldap-ng-fastcgi-server liblemonldap-ng-portal-perl \
 *     libgd-securityimage-perl libimage-magick-perl libmime-tools-perl libemail-sender-perl libstring-random-perl
 */
const program = '/usr/sbin/llng-fastcgi-server';
const portalRoot = '/usr/share/lemonldap-ng/portal';
const shippedConfiguration = '/var/lib/lemonldap-ng/conf';
const host = 'test1.example.com';

/** A form that can be sent without having been shown, and as little else as possible. */
const changes = { requireToken: 0, portalDisplayRegister: 0, portalDisplayResetPassword: 0 };

export const hasLemonldap = existsSync(program) && existsSync(portalRoot) && existsSync(shippedConfiguration);

export interface RunningLemonldap {
  /** nginx that asks it, with the page behind. */
  readonly nginx: StartedServer;
  /** Processor time of its own processes so far, microseconds. */
  cpuMicros(): number;
  /** The `Cookie` headers of sessions that were signed in at its portal. */
  readonly cookies: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts it in front of a page, and signs so many users in. @throws Error when it does not start */
export async function startLemonldap(pagePort: number, sessions: number): Promise<RunningLemonldap> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-lemonldap-'));
  for (const part of ['conf', 'cache', 'sessions/lock', 'psessions/lock', 'temp'])
    mkdirSync(join(folder, part), { recursive: true });
  const shipped = readFileSync(join(shippedConfiguration, 'lmConf-1.json'), 'utf8');
  const configuration = JSON.parse(shipped.replaceAll('/var/lib/lemonldap-ng', folder)) as object;
  writeFileSync(join(folder, 'conf/lmConf-1.json'), JSON.stringify({ ...configuration, ...changes }));
  const ini = readFileSync('/etc/lemonldap-ng/lemonldap-ng.ini', 'utf8');
  writeFileSync(
    join(folder, 'lemonldap-ng.ini'),
    ini.replaceAll('/var/lib/lemonldap-ng', folder).replace(/logLevel.*/, 'logLevel = error'),
  );
  // It refuses to run as root, so then it gets the folder as another user.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) spawnSync('chown', ['-R', 'nobody:nogroup', folder]);
  const socket = join(folder, 'fastcgi.sock');
  const [command, words] = placed('server core', program, [
    '--foreground',
    '--socket',
    socket,
    '--pid',
    join(folder, 'pid'),
    ...(isRoot ? ['--group', 'nogroup', '--user', 'nobody'] : []),
  ]);
  const child = spawn(command, words, {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini'),
      LLNG_DEFAULTLOGGER: 'Lemonldap::NG::Common::Logger::Std',
    },
  });
  const end = async () => {
    // Its workers end with the process that started them only when that is told to end.
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilThere(socket, child);
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(port, socket, pagePort));
    const nginx = await runNginx(folder, port);
    const stop = async () => {
      await nginx.stop();
      await end();
    };
    try {
      const cookies: string[] = [];
      for (let n = 0; n < sessions; n++) cookies.push(await signIn(port));
      return {
        nginx,
        cookies,
        headers: { Host: host },
        cpuMicros: () => childrenOf(child.pid as number).reduce((sum, pid) => sum + cpuMicrosOf(pid), 0),
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    await end();
    throw error;
  }
}

/** Its own description of nginx, with connections to the page kept open as in ours. */
function nginxConfiguration(port: number, socket: string, pagePort: number): string {
  const parameters = readFileSync('/etc/nginx/fastcgi_params', 'utf8');
  return `pid nginx.pid;
error_log stderr crit;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  scgi_temp_path temp/scgi;
  uwsgi_temp_path temp/uwsgi;
  upstream page { server 127.0.0.1:${pagePort}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    server_name auth.example.com;
    root ${portalRoot}/htdocs/;
    rewrite ^/(.*)$ /index.psgi/$1 break;
    location ~ ^(?<sc>/.*\\.psgi)(?:$|/) {
      ${parameters}
      fastcgi_pass unix:${socket};
      fastcgi_param HTTP_HOST $host;
      fastcgi_param LLTYPE psgi;
      fastcgi_param SCRIPT_FILENAME $document_root$sc;
      fastcgi_split_path_info ^(.*\\.psgi)(/.*)$;
      fastcgi_param PATH_INFO $fastcgi_path_info;
    }
  }
  server {
    listen 127.0.0.1:${port} default_server;
    server_name ${host};
    location = /lmauth {
      internal;
      ${parameters}
      fastcgi_pass unix:${socket};
      fastcgi_pass_request_body off;
      fastcgi_param CONTENT_LENGTH "";
      fastcgi_param HOST $http_host;
      fastcgi_param X_ORIGINAL_URI $original_uri;
    }
    location / {
      set $original_uri $uri$is_args$args;
      auth_request /lmauth;
      auth_request_set $auth_user $upstream_http_auth_user;
      auth_request_set $cookie_value $upstream_http_cookie;
      proxy_pass http://page;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Auth-User $auth_user;
      proxy_set_header Cookie $cookie_value;
    }
  }
}
`;
}

/** Signs a user of the demonstration in; gives the `Cookie` header of the session. */
function signIn(port: number): Promise<string> {
  const body = 'user=dwho&password=dwho';
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'auth.example.com',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
    };
    request({ host: '127.0.0.1', port, path: '/', method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      const cookie = response.headers['set-cookie']?.find((one) => /^lemonldap=[0-9a-f]{32}/.test(one));
      if (cookie === undefined)
        reject(new Error(`the portal answered ${response.statusCode} without a session`));
      else resolve(cookie.split(';', 1)[0] as string);
    })
      .once('error', reject)
      .end(body);
  });
}

async function untilThere(path: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (existsSync(path)) return;
    if (child.exitCode !== null) break;
    await delay(50);
  }
  throw new Error(`${program} does not start`);
}

/** A process and those that it has started. */
function childrenOf(pid: number): number[] {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
  return [pid, ...found.map(Number)];
}

export const canMeasureLemonldap = hasLemonldap && nginxProgram !== undefined;
