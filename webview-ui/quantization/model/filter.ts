/** Decides by a layer's text (name and operator in lower case) and its exact name. */
export type Filter = (searchText: string, name: string) => boolean;

/**
 * What the filter box means: words that must all occur, `*` for any characters in between. In double quotes it is one
 * pattern for the whole name, as a rule of a recipe has it.
 * @returns null where nothing is filtered
 */
export function parseFilter(text: string): Filter | null {
  const trimmed = text.trim();
  const whole = /^"(.+)"$/s.exec(trimmed)?.[1];
  if (whole !== undefined) return (_, name) => matchesWhole(name, whole);
  const words = trimmed
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word.replaceAll('*', '') !== '');
  if (words.length === 0) return null;
  const patterns = words.map(word => word.split('*'));
  return searchText => patterns.every(pieces => occurInOrder(searchText, pieces, 0) !== null);
}

/** The place after the last piece, each found as early as possible, which is right for `*`; null where one is missing. */
function occurInOrder(text: string, pieces: readonly string[], from: number): number | null {
  let at = from;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return null;
    at = found + piece.length;
  }
  return at;
}

/**
 * Whether a rule's pattern names the layer, as recipes mean it: `?` is one character and `*` any number of them inside
 * one place (between `.` and `/`), `**` any number across places. Takes time proportional to pattern times name.
 */
export function matchesWhole(name: string, pattern: string): boolean {
  // reached[i] = 1: the pattern so far can end behind the first i characters.
  let reached = new Uint8Array(name.length + 1);
  reached[0] = 1;
  for (const token of pattern.match(/\*\*|[\s\S]/g) ?? []) {
    const next = new Uint8Array(name.length + 1);
    for (let at = 0; at <= name.length; at++) next[at] = reaches(token, name[at - 1], at, reached, next);
    reached = next;
  }
  return reached[name.length] === 1;
}

function reaches(
  token: string,
  before: string | undefined,
  at: number,
  reached: Uint8Array,
  next: Uint8Array,
): number {
  const inside = before !== '.' && before !== '/';
  if (token === '**') return (reached[at] ?? 0) | (next[at - 1] ?? 0);
  if (token === '*') return (reached[at] ?? 0) | (inside ? (next[at - 1] ?? 0) : 0);
  if (before === undefined) return 0;
  return (token === '?' ? inside : token === before) ? (reached[at - 1] ?? 0) : 0;
}
