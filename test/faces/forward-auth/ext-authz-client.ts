import { join } from 'node:path';
import {
  ChannelCredentials,
  type Client,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { projectRoot } from '../../support/project-root.ts';

interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string };
  /** Absent when the field is not there, which newer versions of Envoy take for true; empty when it says false. */
  readonly append?: { readonly value?: boolean };
}

/** `CheckResponse` as Envoy reads it. */
export interface Checked {
  readonly code: number;
  readonly kind: 'denied_response' | 'ok_response';
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly options: readonly HeaderOption[];
  readonly remove: readonly string[];
  readonly body: string;
}

/** A client as Envoy is one, that encodes by the public definition of the messages. */
export interface ExtAuthzClient {
  check(request: unknown): Promise<Checked>;
  close(): void;
}

const protocol = loadPackageDefinition(
  loadSync(join(projectRoot, 'test/faces/forward-auth/ext-authz.proto'), {
    keepCase: true,
    oneofs: true,
    arrays: true,
  }),
) as unknown as { envoy: { service: { auth: { v3: { Authorization: ServiceClientConstructor } } } } };

export function extAuthzClient(
  port: number,
  credentials = ChannelCredentials.createInsecure(),
): ExtAuthzClient {
  const { Authorization } = protocol.envoy.service.auth.v3;
  const client = new Authorization(`localhost:${port}`, credentials) as unknown as Client & {
    Check(request: unknown, done: (error: Error | null, response: Answer) => void): void;
  };
  return {
    close: () => client.close(),
    check: (request) =>
      new Promise((resolve, reject) => {
        client.Check(request, (error, response) =>
          error === null ? resolve(read(response)) : reject(error),
        );
      }),
  };
}

interface Answer {
  readonly status: { readonly code?: number };
  readonly http_response: Checked['kind'];
  readonly denied_response?: { status: { code: number }; headers: HeaderOption[]; body?: string };
  readonly ok_response?: { headers: HeaderOption[]; headers_to_remove: string[] };
}

function read({ status, http_response: kind, denied_response: denied, ok_response: ok }: Answer): Checked {
  const options = denied?.headers ?? ok?.headers ?? [];
  return {
    code: status.code ?? 0,
    kind,
    status: denied?.status.code,
    options,
    headers: Object.fromEntries(options.map(({ header }) => [header.key, header.value ?? ''])),
    remove: ok?.headers_to_remove ?? [],
    body: denied?.body ?? '',
  };
}
