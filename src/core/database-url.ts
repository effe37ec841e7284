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
