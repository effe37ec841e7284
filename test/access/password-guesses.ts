import assert from 'node:assert/strict';
import type { AccessNode } from '../support/nodes-on-one-store.ts';

/** The address of the administrator, and that of whoever guesses. */
export const desk = '198.51.100.7';
export const stranger = '203.0.113.66';

export type Verdict = 'right' | 'wrong' | 'refused';

/** What somebody at an address is told of a password of `admin`. */
export async function guess({ access }: AccessNode, password: string, ip: string): Promise<Verdict> {
  try {
    await access.authenticateBasic('admin', password, { ip });
    return 'right';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'unauthenticated') return 'wrong';
    assert.equal(code, 'locked_out');
    return 'refused';
  }
}
