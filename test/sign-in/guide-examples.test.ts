import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { OwnAttempts } from '../../src/access/own-attempts.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ProviderParts } from '../../src/sign-in/kind.ts';
import { limitedFetch } from '../../src/sign-in/limited-fetch.ts';
import { readSecrets } from '../../src/sign-in/provider-settings.ts';
import { kindOf } from '../../src/sign-in/table.ts';
import { aSealer } from '../support/opened-access.ts';
import { projectRoot } from '../support/project-root.ts';
import { newKeyPair } from '../support/saml-messages.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** The first example of a page of the guide in YAML. */
function exampleOf(page: string): string {
  const text = readFileSync(join(projectRoot, 'docs/guide', page), 'utf8');
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  assert.ok(example, `${page} has an example`);
  return example;
}

describe('the examples of the guide for sign-in', () => {
  for (const page of ['openid-connect.md', 'saml.md']) {
    it(`the one of ${page} is a configuration whose providers can be made`, async (t) => {
      const folder = makeTemporaryDirectory();
      t.after(() => folder.remove());
      const { key, certificate } = await newKeyPair('Curfew');
      const example = parse(exampleOf(page)) as { providers: Record<string, string>[] };
      for (const [name, content] of [
        ['corp.secret', 'a secret\n'],
        ['corp.key', key],
      ] as const) {
        writeFileSync(join(folder.path, name), content);
      }
      for (const provider of example.providers) {
        if (provider.certificate !== undefined) provider.certificate = certificate;
        for (const name of ['clientSecretFile', 'privateKeyFile']) {
          if (provider[name] !== undefined) provider[name] = join(folder.path, provider[name]);
        }
      }
      const file = join(folder.path, 'curfew.yaml');
      writeFileSync(file, stringify(example));
      const config = readConfig({ config: file }, {});
      assert.equal(config.providers?.length, 2);
      const [corp] = config.providers ?? [];
      assert.ok(corp);
      const kind = kindOf(corp.type);
      assert.ok(kind);
      const parts: Partial<ProviderParts> = {
        clock: systemClock(),
        limitedFetch,
        sealer: aSealer,
        publicUrl: 'https://sso.example.org',
        store: { attempts: new OwnAttempts(), changeRecords: async () => assert.fail('nobody signs in') },
      };
      const made = kind.create(
        {
          ...corp,
          title: corp.title ?? corp.name,
          configVersion: 1,
          settings: kind.settings.parse(corp.settings),
          secrets: readSecrets(corp, {}),
        },
        parts as ProviderParts,
      );
      assert.equal(made.name, 'corp');
      await made.close();
    });
  }
});
