import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';

/** What stands for the name of a user in a setting. */
export const usernamePlace = '{username}';

/** What stands for the distinguished name of an entry. */
export const dnPlace = '{dn}';

/** The values for the places of a filter. */
export interface FilterValues {
  readonly username: string;
  readonly dn?: string;
}

/**
 * A filter of the settings in which places stand for values. It is read before any value is known and values are put
 * into the filter that was read, so no value can change what the filter asks: there is nothing to escape.
 */
export class FilterTemplate {
  readonly #filter: Filter;

  /** @throws Error for a text that is no filter */
  constructor(text: string) {
    this.#filter = parseFilter(text);
  }

  /** The filter with values in their places. */
  with(values: FilterValues): Filter {
    return mapValues(this.#filter, (text) =>
      text.replace(/\{(username|dn)\}/g, (place, name: keyof FilterValues) => values[name] ?? place),
    );
  }

  /** The filter without the conditions that a place is part of: what it asks of whichever entry it is. */
  get rest(): Filter {
    return mapLeaves(this.#filter, (leaf) => (hasPlace(leaf, usernamePlace) ? anything() : leaf));
  }

  /** Whether it asks for the name of an entry. */
  get asksForDn(): boolean {
    return hasPlace(this.#filter, dnPlace);
  }

  /** The filter for an entry of which no username is known: conditions on one are never met. */
  withDnAlone(dn: string): Filter {
    const named = mapLeaves(this.#filter, (leaf) => (hasPlace(leaf, usernamePlace) ? nothing() : leaf));
    return mapValues(named, (text) => text.replaceAll(dnPlace, () => dn));
  }
}

export function isFilter(text: string): boolean {
  try {
    parseFilter(text);
    return true;
  } catch {
    return false;
  }
}

/** The filter that every entry matches. */
export function anything(): Filter {
  return new PresenceFilter({ attribute: 'objectClass' });
}

/** The filter that no entry matches. */
function nothing(): Filter {
  return new NotFilter({ filter: anything() });
}

/**
 * Reads a filter. Escaped bytes beyond ASCII are read as the UTF-8 they are, and a filter that does not end is refused; the
 * library takes such bytes for a letter each, and such a filter for a whole one.
 */
function parseFilter(text: string): Filter {
  if (text.split('(').length !== text.split(')').length) throw new Error('a parenthesis is not closed');
  return FilterParser.parseString(
    text.replace(/(?:\\[89a-fA-F][0-9a-fA-F])+/g, (run) =>
      Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'),
    ),
  );
}

function hasPlace(filter: Filter, place: string): boolean {
  let found = false;
  mapValues(filter, (text) => {
    found ||= text.includes(place);
    return text;
  });
  return found;
}

/** A copy of a filter with every leaf replaced. */
function mapLeaves(filter: Filter, change: (leaf: Filter) => Filter): Filter {
  if (filter instanceof AndFilter || filter instanceof OrFilter) {
    const filters = filter.filters.map((part) => mapLeaves(part, change));
    return filter instanceof AndFilter ? new AndFilter({ filters }) : new OrFilter({ filters });
  }
  if (filter instanceof NotFilter) return new NotFilter({ filter: mapLeaves(filter.filter, change) });
  return change(filter);
}

/** A copy of a filter with every value changed; names of attributes and rules stay. */
function mapValues(filter: Filter, change: (text: string) => string): Filter {
  const changed = (value: Buffer | string): string =>
    change(typeof value === 'string' ? value : value.toString('utf8'));
  return mapLeaves(filter, (leaf) => {
    if (leaf instanceof EqualityFilter)
      return new EqualityFilter({ attribute: leaf.attribute, value: changed(leaf.value) });
    if (leaf instanceof SubstringFilter) {
      const { attribute, initial, any, final } = leaf;
      return new SubstringFilter({
        attribute,
        initial: changed(initial),
        any: any.map(changed),
        final: changed(final),
      });
    }
    if (leaf instanceof ExtensibleFilter) {
      const { matchType, rule, dnAttributes, value } = leaf;
      return new ExtensibleFilter({ matchType, rule, dnAttributes, value: changed(value) });
    }
    if (leaf instanceof ApproximateFilter)
      return new ApproximateFilter({ attribute: leaf.attribute, value: changed(leaf.value) });
    if (leaf instanceof GreaterThanEqualsFilter)
      return new GreaterThanEqualsFilter({ attribute: leaf.attribute, value: changed(leaf.value) });
    if (leaf instanceof LessThanEqualsFilter)
      return new LessThanEqualsFilter({ attribute: leaf.attribute, value: changed(leaf.value) });
    return leaf;
  });
}
