import { CurfewError } from './errors.ts';

/**
 * Whether a text is the way to a PostgreSQL database: `postgres://user:password@host:port/database`. Several servers, of
 * which one can be written at a time, stand side by side: `host1:port1,host2:port2`. Whether one is there is another
 * matter.
 */
export function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return false;
  try {
    return waysOf(text).every((way) => {
      const { hostname, pathname } = new URL(way);
      return hostname !== '' && pathname.length > 1 && !pathname.slice(1).includes('/');
    });
  } catch {
    return false;
  }
}

/** The way to each server of a URL that names several, in their order. */
export function waysOf(url: string): string[] {
  // A comma may stand in a password too, so only what follows the last @ before the path names servers.
  const [, before, servers, after] = /^([^/]*\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s.exec(url) ?? [];
  if (before === undefined || servers === undefined) return [url];
  return servers.split(',').map((server) => `${before}${server}${after}`);
}

/** How a database is named to people: hosts, ports and name, without user, password and options. */
export function whereOf(url: string): string {
  const ways = waysOf(url).map((way) => new URL(way));
  const servers = ways.map(({ hostname, port }) => `${hostname}:${port === '' ? 5432 : port}`);
  return `${servers.join(',')}/${decodeURIComponent(ways[0]?.pathname.slice(1) ?? '')}`;
}

/** The values of `sslmode`; the driver takes an empty one for `disable`. */
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
/**
 * The options that the driver heeds, and those of PostgreSQL's own programs that may go unheeded without harm. Not
 * `application_name`: by the names of its connections a server is known to be there when the data is to be moved.
 */
const options = new Set(
  `channel_binding client_encoding connect_timeout fallback_application_name gssencmode host
  idle_in_transaction_session_timeout keepalives keepalives_count keepalives_idle keepalives_interval load_balance_hosts
  lock_timeout options password port query_timeout ssl sslcert sslcompression sslkey sslmode sslnegotiation sslrootcert
  sslsni statement_timeout target_session_attrs tcp_user_timeout uselibpqcompat user`.split(/\s+/),
);

/**
 * The driver passes over an option that it does not know: a misspelt `sslmode` would lead to the database in the clear.
 * @throws CurfewError `config_invalid`
 */
export function demandKnownOptions(url: string): void {
  for (const way of waysOf(url)) {
    const { search, searchParams } = new URL(way);
    for (const [name, value] of searchParams) {
      // After a mistake in the quoting of a password it may stand here.
      const option = search.includes('@') ? 'an option' : `the option ${name}`;
      if (!options.has(name))
        throw new CurfewError(
          'config_invalid',
          `The way to the database has ${option}, which Curfew does not take. TLS is asked for by sslmode=verify-full.`,
        );
      if (name === 'sslmode' && !sslModes.includes(value))
        throw new CurfewError(
          'config_invalid',
          `The way to the database has a value of sslmode that is not known. There are ${sslModes.join(', ')}.`,
        );
    }
  }
}
