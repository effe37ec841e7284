import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { productVersion } from '../src/core/version.ts';
import { generator } from './load.ts';
import { canPin } from './placement.ts';
import { benchDirectory, projectRoot } from './session-cache.ts';

/** What the numbers were taken on and with: name and value of each fact. */
export function machineFacts(storeDescription: string): [string, string][] {
  return [
    ['Curfew', `${productVersion()}, ${storeDescription}`],
    ['Node.js', `${process.version} (V8 ${process.versions.v8})`],
    ['Processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`],
    ['Memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['System', `${platform()} ${release()}, ${arch()}`],
    ['Disk', fileSystem()],
    [
      'Cores',
      canPin
        ? 'servers on the first, load on the last'
        : 'not held apart: there is no taskset, or one core only',
    ],
    ['Load', generator === 'wrk' ? firstLine('wrk', '-v') : `autocannon ${packageVersion('autocannon')}`],
    [
      'Peers',
      ['express', 'express-session', 'connect-redis', 'redis']
        .map((name) => `${name} ${packageVersion(name)}`)
        .join(', '),
    ],
    ['Redis', firstLine('redis-server', '--version')],
  ];
}

function firstLine(program: string, flag: string): string {
  const { stdout, error } = spawnSync(program, [flag], { encoding: 'utf8' });
  if (error !== undefined) return 'not installed';
  const [, version] = /(?:v=|\/)?(\d+\.\d+[\w.+-]*)/.exec(stdout) ?? [];
  return `${program} ${version ?? 'of an unknown version'}`;
}

function packageVersion(name: string): string {
  const paths = createRequire(join(projectRoot(), 'package.json')).resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return (JSON.parse(readFileSync(join(path, name, 'package.json'), 'utf8')) as { version: string })
        .version;
    } catch {
      // Not in this folder; the next one up may have it.
    }
  }
  return '(not installed)';
}

/** Magic numbers of statfs(2). */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs, which is memory and no disk: what is said of durable writes means nothing here',
  2035054128: 'overlayfs',
};

function fileSystem(): string {
  const { type } = statfsSync(join(benchDirectory()));
  return fileSystems[type] ?? `a file system of type 0x${type.toString(16)}`;
}
