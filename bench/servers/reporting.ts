/** Tells the starting process where this one listens, and from then on its processor time when asked. */
export function reportListening(port: number): void {
  process.on('message', (message) => {
    if (message !== 'usage') return;
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system });
  });
  // Without whoever measures it a server has no purpose, so it does not outlive them.
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

/** The options this process was started with. */
export function startOptions<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}
