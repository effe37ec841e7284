/**
 * Runs the example: HAProxy with `haproxy.cfg` and `curfew.lua` of this folder, in front of a small application, asking a
 * Curfew that runs already with `examples/forward-auth.yaml`.
 *
 *   node examples/haproxy/start.mjs [--port 8080] [--curfew http://127.0.0.1:2200] [--upstream http://127.0.0.1:3000]
 */
import { runExample } from '../proxy.mjs';

await runExample({
  program: 'haproxy',
  install: 'apt install haproxy, dnf install haproxy, brew install haproxy',
  folder: new URL('./', import.meta.url),
  files: ['haproxy.cfg', 'curfew.lua'],
  args: ([file = '']) => ['-db', '-f', file],
});
