const formed = new WeakSet<readonly unknown[]>();

/**
 * The wire form of every item of a list. The one function makes them all, so a long list is held to its schema by its first
 * items: to hold a thousand sessions to theirs would take as long as finding them.
 * @param form makes exactly what the schema of an item names, and nothing of the item beside
 */
export function formsOf<Item, Form>(items: readonly Item[], form: (item: Item) => Form): Form[] {
  const forms = items.map(form);
  formed.add(forms);
  return forms;
}

/** So many items stand for the rest of a list that `formsOf` made. */
const mostHeld = 20;

/**
 * Takes the tails off the long lists of an answer that `formsOf` made.
 * @returns the answer without them, and how they are put back
 */
export function withoutTails<Answer>(answer: Answer): { head: Answer; restore<Held>(held: Held): Held } {
  const long = Object.entries(answer ?? {}).filter(
    ([, value]) => Array.isArray(value) && value.length > mostHeld && formed.has(value),
  ) as [string, unknown[]][];
  if (long.length === 0) return { head: answer, restore: (held) => held };
  const heads = long.map(([name, items]) => [name, items.slice(0, mostHeld)]);
  return {
    head: { ...answer, ...Object.fromEntries(heads) },
    restore(held) {
      for (const [name, items] of long)
        (held as Record<string, unknown[]>)[name]?.push(...items.slice(mostHeld));
      return held;
    },
  };
}
