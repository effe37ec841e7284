import type { StoredSession } from '../../session/store.ts';
import { hostMatcher } from './host.ts';
import { type PathReadings, pathMatcher, pathReadings } from './path.ts';
import type { RuleSetting } from './settings.ts';

/** A rule, ready to be asked. */
export interface Rule {
  /** Its name, or its place in the list. */
  readonly name: string;
  readonly who: 'public' | 'signed-in' | 'nobody';
  /** Undefined stands for every realm. */
  readonly realm: string | undefined;
  /** The longest time since the user authenticated, in milliseconds. */
  readonly maxAgeMs: number | undefined;
  readonly minAgeMs: number | undefined;
  /** Whether the groups and the provider of a session are those it asks for. */
  admits(session: StoredSession): boolean;
}

/** What is asked of the rules. */
export interface Asked {
  readonly host: string;
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
}

/** The rule that decides; or why there is none: nothing is said of the host, or of this path and method, or it is unclear. */
export type Found = Rule | 'unknown_host' | 'no_rule' | 'unclear';

interface PlacedRule extends Rule {
  readonly isOfHost: (host: string) => boolean;
  readonly isOfPath: ReturnType<typeof pathMatcher> | undefined;
  readonly methods: ReadonlySet<string> | undefined;
}

/** Hosts whose rules are kept found; the next one starts anew. */
const keptHosts = 1000;

/** Makes the function that finds the rule of a request: the first whose host, path and method match. */
export function ruleBook(settings: readonly RuleSetting[], realm: string): (asked: Asked) => Found {
  const rules = settings.map((setting, index) => placedRule(setting, index, realm));
  const byHost = new Map<string, readonly PlacedRule[]>();
  const rulesOf = (host: string): readonly PlacedRule[] => {
    const kept = byHost.get(host);
    if (kept !== undefined) return kept;
    if (byHost.size >= keptHosts) byHost.clear();
    const found = rules.filter(({ isOfHost }) => isOfHost(host));
    byHost.set(host, found);
    return found;
  };
  return ({ host, method, path }) => {
    const candidates = rulesOf(host);
    if (candidates.length === 0) return 'unknown_host';
    let readings: PathReadings | undefined;
    for (const rule of candidates) {
      if (rule.methods !== undefined && !rule.methods.has(method)) continue;
      // Where no rule speaks of paths, an application may use whatever paths it likes.
      if (rule.isOfPath === undefined) return rule;
      readings ??= pathReadings(path);
      const match = readings === undefined ? 'some' : rule.isOfPath(readings);
      if (match === 'some') return 'unclear';
      if (match === 'all') return rule;
    }
    return 'no_rule';
  };
}

function placedRule(setting: RuleSetting, index: number, usualRealm: string): PlacedRule {
  const { name, host, path, methods, realm = usualRealm, allow } = setting;
  const { who, anyGroup, allGroups, provider, maxAge, minAge } = allow;
  return {
    name: name ?? `rule ${index}`,
    who,
    realm: realm === '*' ? undefined : realm,
    maxAgeMs: maxAge,
    minAgeMs: minAge,
    isOfHost: hostMatcher(host),
    isOfPath: path === undefined ? undefined : pathMatcher(path),
    // RFC 9110 section 9.3.2: HEAD asks for the same as GET.
    methods:
      methods === undefined ? undefined : new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods),
    admits({ accessGroups, provider: { type, name: providerName } }) {
      const isMember = (group: string): boolean => accessGroups.includes(group);
      return (
        (anyGroup?.some(isMember) ?? true) &&
        (allGroups?.every(isMember) ?? true) &&
        (provider?.some((one) => one === type || one === `${type}/${providerName}`) ?? true)
      );
    },
  };
}
