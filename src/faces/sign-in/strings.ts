import { english } from './strings/english.ts';
import { german } from './strings/german.ts';

/** Everything the pages say, in one language. */
export type Strings = typeof english;

const languages: readonly Strings[] = [english, german];

/** The language that a browser prefers, of those there are; English when it names none of them. */
export function stringsFor(acceptLanguage: string | undefined): Strings {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.trim().split(/\s*;\s*q=/i);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    const found = languages.find(({ lang }) => tag === lang || tag.startsWith(`${lang}-`));
    if (found !== undefined) return found;
  }
  return english;
}
