/**
 * Runs the example: Envoy with `envoy.yaml` of this folder, or `envoy-grpc.yaml`, in front of a small application, asking a
 * Curfew that runs already with `examples/forward-auth.yaml`.
 *
 *   node examples/envoy/start.mjs [--with-grpc] [--port 8080] [--curfew http://127.0.0.1:2200] [--grpc 127.0.0.1:2250]
 *     [--upstream http://127.0.0.1:3000]
 */
import { flags, runExample } from '../proxy.mjs';

const values = flags({ 'with-grpc': { type: 'boolean', default: false } });

await runExample(
  {
    program: 'envoy',
    install: 'see https://www.envoyproxy.io/docs/envoy/latest/start/install',
    folder: new URL('./', import.meta.url),
    files: [values['with-grpc'] === true ? 'envoy-grpc.yaml' : 'envoy.yaml'],
    args: ([file = '']) => ['-c', file],
  },
  values,
);
