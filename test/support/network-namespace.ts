import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** A network of its own on this machine, which is joined to the rest by two cables; what runs in it is a host of its own. */
export interface NetworkNamespace {
  /** The words that go before a command so that it runs there. It takes the place of this process's child, and its signals. */
  readonly through: readonly string[];
  /** The address there under which it can be asked from here. */
  readonly address: string;
  /** The address here under which servers are reached from there, over the second cable. */
  readonly servers: string;
  /**
   * Lets nothing arrive that comes over the second cable: packets are lost, and neither side is told. Each direction by itself.
   */
  cut(ways: { readonly toServers?: boolean; readonly toThere?: boolean }): void;
  /** Lets everything arrive again. */
  heal(): void;
  close(): void;
}

const nobodysAddress = '02:00:00:00:00:01';

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** The option `skip` of a test that needs one: false when they can be made, else the reason. */
export function skipWithoutNamespaces(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces are made by root alone';
  try {
    startNetworkNamespace().close();
    return false;
  } catch (error) {
    return `network namespaces cannot be made here: ${(error as Error).message.split('\n').join(' ')}`;
  }
}

/** Makes a network of its own. @throws Error with what `ip` said */
export function startNetworkNamespace(): NetworkNamespace {
  const id = randomBytes(3).toString('hex');
  const name = `curfew-${id}`;
  // The addresses for measurements between networks, which no real host has.
  const net = `198.18.${randomBytes(1)[0]}`;
  const cables = { asking: ['1', '2'], serving: ['5', '6'] } as const;
  const at = (end: string): string => `${net}.${end}`;
  const device = (cable: string, side: 'here' | 'there'): string =>
    `cf${id}${cable[0]}${side === 'here' ? 0 : 1}`;
  const close = (): void => {
    for (const undo of [
      ...Object.keys(cables).map((cable) => ['link', 'del', device(cable, 'here')]),
      ['netns', 'del', name],
    ]) {
      try {
        ip(...undo);
      } catch {
        // It was not made, or is gone.
      }
    }
  };
  try {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    for (const [cable, [here, there]] of Object.entries(cables)) {
      const [outer, inner] = [device(cable, 'here'), device(cable, 'there')];
      ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
      ip('addr', 'add', `${at(here)}/30`, 'dev', outer);
      ip('link', 'set', outer, 'up');
      ip('-n', name, 'addr', 'add', `${at(there)}/30`, 'dev', inner);
      ip('-n', name, 'link', 'set', inner, 'up');
    }
  } catch (error) {
    close();
    throw error;
  }
  const [servers, there] = cables.serving.map(at) as [string, string];
  // A packet to an address that no card has is dropped where it arrives, without a word to anybody.
  const misled = {
    toServers: ['-n', name, 'neigh', 'replace', servers, 'dev', device('serving', 'there')],
    toThere: ['neigh', 'replace', there, 'dev', device('serving', 'here')],
  } as const;
  return {
    through: ['ip', 'netns', 'exec', name],
    address: at(cables.asking[1]),
    servers,
    cut(ways) {
      for (const way of ['toServers', 'toThere'] as const) {
        if (ways[way] === true) ip(...misled[way], 'lladdr', nobodysAddress, 'nud', 'permanent');
      }
    },
    heal() {
      for (const way of Object.values(misled)) {
        const found = way.map((word) => (word === 'replace' ? 'del' : word));
        try {
          ip(...found);
        } catch {
          // Nothing was misled.
        }
      }
    },
    close,
  };
}
