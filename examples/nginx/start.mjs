/**
 * Runs the example: nginx with `nginx.conf` of this folder, in front of `upstream.mjs`, asking a Curfew that runs already.
 *
 *   node examples/nginx/start.mjs [--port 8080] [--curfew http://127.0.0.1:2200] [--upstream http://127.0.0.1:3000]
 *
 * With --upstream it protects an application of yours instead, with --forward-auth it uses `forward-auth.conf`: rules per host
 * and path, and browsers led to sign in. Needs nginx from the operating system, which need not run as a service. Ctrl-C
 * stops it, and nothing is left behind.
 */
import { flags, runExample } from '../proxy.mjs';

const values = flags({ 'forward-auth': { type: 'boolean', default: false } });

await runExample(
  {
    program: 'nginx',
    install: 'apt install nginx-light, dnf install nginx, brew install nginx',
    folder: new URL('./', import.meta.url),
    files: [values['forward-auth'] === true ? 'forward-auth.conf' : 'nginx.conf'],
    args: ([file = '']) => ['-c', file, '-e', 'stderr', '-g', 'daemon off;'],
    more: (folder) => ['-p', folder],
  },
  values,
);
