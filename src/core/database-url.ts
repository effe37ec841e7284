/**
 * Whether a text is the way to a PostgreSQL database: `postgres://user:password@host:port/database`. Whether one is there is
 * another matter.
 */
export function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return false;
  try {
    const { hostname, pathname } = new URL(text);
    return hostname !== '' && pathname.length > 1 && !pathname.slice(1).includes('/');
  } catch {
    return false;
  }
}

/** How a database is named to people: host, port and name, without user, password and options. */
export function whereOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port === '' ? 5432 : port}/${decodeURIComponent(pathname.slice(1))}`;
}
