import { listSigningKeys, rotateSigningKey } from '../../operations/signing-keys.ts';
import type { Execution } from './shell.ts';
import { columns } from './text.ts';

/** `key show`: the key that signs, and those before it that are still believed. */
export async function showKeys({ calls }: Execution): Promise<string[]> {
  const { keys } = await calls.run(listSigningKeys, {});
  return keys.flatMap((key, index) => [index === 0 ? 'Current key' : 'Former key', ...keyLines(key)]);
}

/** `key change`: a new key signs from now on. */
export async function changeKey({ calls }: Execution): Promise<string[]> {
  const { key } = await calls.run(rotateSigningKey, {});
  return ['The key was changed.', ...keyLines(key)];
}

function keyLines(key: { id: string; algorithm: string; createdAt: string; expiresAt: string }): string[] {
  return columns([
    ['  Key ID:', key.id],
    ['  Algorithm:', key.algorithm],
    ['  Created:', key.createdAt],
    ['  Expires:', key.expiresAt],
  ]);
}
