import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ManualClock, startOfTime } from './manual-clock.ts';
import { freePort } from './ports.ts';
import { randomFrom, withSeed } from './seed.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

describe('what tests stand on', () => {
  it('a manual clock moves forward only', () => {
    const clock = new ManualClock();
    clock.advance(5);
    assert.equal(clock.now(), startOfTime + 5);
    assert.throws(() => clock.advance(-1), RangeError);
  });

  it('a free port lies below those of outgoing connections and can be listened on', async () => {
    const port = await freePort();
    assert.ok(port < 32_768);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it('a temporary directory is gone with its files once removed', () => {
    const directory = makeTemporaryDirectory();
    writeFileSync(join(directory.path, 'file'), 'text');
    directory.remove();
    assert.equal(existsSync(directory.path), false);
  });

  it('the same seed gives the same numbers, and another one others', () => {
    const draw = (seed: number): number[] => {
      const random = randomFrom(seed);
      return Array.from({ length: 20 }, () => random.below(1000));
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    assert.ok(draw(7).every((value) => value >= 0 && value < 1000));
  });

  it('a failure says which seed repeats it', async () => {
    const failing = withSeed(() => assert.fail('as wanted'));
    await assert.rejects(failing, /CURFEW_SEED=\d+: as wanted/);
  });
});
