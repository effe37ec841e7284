/**
 * Runs the example: Caddy with the `Caddyfile` of this folder, in front of a small application, asking a Curfew that runs
 * already with `examples/forward-auth.yaml`.
 *
 *   node examples/caddy/start.mjs [--port 8080] [--curfew http://127.0.0.1:2200] [--upstream http://127.0.0.1:3000]
 */
import { runExample } from '../proxy.mjs';

await runExample({
  program: 'caddy',
  install: 'apt install caddy, dnf install caddy, brew install caddy',
  folder: new URL('./', import.meta.url),
  files: ['Caddyfile'],
  args: ([file = '']) => ['run', '--adapter', 'caddyfile', '--config', file],
});
