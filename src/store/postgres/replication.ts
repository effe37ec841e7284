import type { Ask } from './connection.ts';

/** Standbys that stream, apart from backups that are being taken, and whether a commit waits for them. */
const replicationState = `SELECT count(*), current_setting('synchronous_standby_names'), current_setting('synchronous_commit')
  FROM pg_stat_get_wal_senders() WHERE state IS DISTINCT FROM 'backup'`;

/** Whether a standby that takes over would know of every cut that was acknowledged: a sentence where it would not. */
export async function replicationWarnings(ask: Ask): Promise<readonly string[]> {
  const [row] = await ask({ text: replicationState, values: [] });
  const [standbys, names, commit] = row as [number, string, string];
  if (standbys === 0) return [];
  if (names !== '' && commit !== 'local' && commit !== 'off') return [];
  const cause = names === '' ? 'synchronous_standby_names is empty' : `synchronous_commit is ${commit}`;
  return [
    `PostgreSQL replicates to ${standbys} standbys without waiting for any (${cause}): when one takes over, cuts acknowledged in the last moments may be undone. Name the standbys in synchronous_standby_names and leave synchronous_commit on.`,
  ];
}
