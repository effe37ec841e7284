import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory {
  readonly path: string;
  /** Deletes it with all that is in it. */
  remove(): void;
}

/** Makes an empty directory of its own for a test. */
export function makeTemporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'curfew-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
