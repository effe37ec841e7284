/** A page of any list of the API. */
export interface Page {
  readonly nextCursor?: string | undefined;
}

/**
 * Reads a list page by page, each when the one before has been taken. Only one page is in memory.
 * @param read asks for the page at a cursor, the first page without one
 */
export async function* pages<P extends Page>(
  read: (cursor: string | undefined) => Promise<P>,
): AsyncGenerator<P> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield page;
    // A server that answers the same place again would be asked for ever.
    if (page.nextCursor !== undefined && page.nextCursor === cursor)
      throw new Error('the list does not move on');
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** The items of all pages, one by one. */
export async function* items<P extends Page, Item>(
  read: (cursor: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): AsyncGenerator<Item> {
  for await (const page of pages(read)) yield* itemsOf(page);
}
