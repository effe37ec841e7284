/**
 * Runs the example: Traefik with the configuration of this folder, in front of a small application, asking a Curfew that runs
 * already with `examples/forward-auth.yaml`.
 *
 *   node examples/traefik/start.mjs [--port 8080] [--curfew http://127.0.0.1:2200] [--upstream http://127.0.0.1:3000]
 */
import { runExample } from '../proxy.mjs';

await runExample({
  program: 'traefik',
  install: 'see https://doc.traefik.io/traefik/getting-started/install-traefik/',
  folder: new URL('./', import.meta.url),
  files: ['traefik.yaml', 'dynamic.yaml'],
  args: ([file]) => [`--configFile=${file}`],
});
