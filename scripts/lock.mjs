/** A lock between processes: a file that names its owner. The lock of a process that has died is taken over. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const MAX_WAIT_MS = 15 * 60_000;

/** How long a lock file may stay without a readable owner: the moment between its creation and its first byte. */
const UNREADABLE_GRACE_MS = 5_000;

/** @type {Set<string>} the locks that this process holds */
const heldHere = new Set();

/**
 * Runs `work` while holding the lock at `path`; waits for as long as a living process holds it.
 * @template T
 * @param {string} path
 * @param {(line: string) => void} log told once when it has to wait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, log, work) {
  await acquire(path, log);
  heldHere.add(path);
  const release = () => {
    heldHere.delete(path);
    rmSync(path, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * @param {string} path
 * @param {(line: string) => void} log
 */
async function acquire(path, log) {
  const startedAt = Date.now();
  let told = false;
  while (!create(path)) {
    if (!isHeld(path)) {
      removeDead(path);
      continue;
    }
    if (!told)
      log(`waiting for another set-up of this folder (process ${ownerOf(path)?.pid ?? 'unknown'}) ...`);
    told = true;
    if (Date.now() - startedAt > MAX_WAIT_MS)
      throw new Error(`gave up waiting for ${path}; delete it if nothing else runs`);
    await delay(POLL_MS);
  }
}

/**
 * Two processes may find the same dead lock. Only the one that holds the guard removes it, and looks again first, so
 * that nobody removes the lock that the other has just made.
 * @param {string} path
 */
function removeDead(path) {
  const guard = `${path}.takeover`;
  if (!create(guard)) {
    if (!isHeld(guard)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (!isHeld(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {boolean} false when the file is there already
 */
function create(path) {
  try {
    writeFileSync(path, `${process.pid} ${startTimeOf(process.pid)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path */
function isHeld(path) {
  const owner = ownerOf(path);
  if (owner?.pid === process.pid && heldHere.has(path)) return true;
  if (owner) return isAlive(owner.pid, owner.startTime);
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < UNREADABLE_GRACE_MS;
}

/** @param {string} path */
function ownerOf(path) {
  try {
    const parts = /^(\d+) (\d*)\n$/.exec(readFileSync(path, 'utf8'));
    return parts ? { pid: Number(parts[1]), startTime: parts[2] ?? '' } : undefined;
  } catch {
    return undefined; // It was released since, or cannot be read; the caller looks at the file's age.
  }
}

/**
 * @param {number} pid
 * @param {string} startTime as `startTimeOf` gave it when the lock was made; '' when it could not tell
 */
function isAlive(pid, startTime) {
  // Numbers of processes come again, above all in containers, where every start may have the same one.
  if (startTime !== '' && startTimeOf(pid) !== startTime) return false;
  if (startTime === '' && pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @param {number} pid
 * @returns {string} the start of the process in ticks since boot (proc(5), field 22), or '' where that is not told
 */
function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces; what follows it starts with field 3.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
