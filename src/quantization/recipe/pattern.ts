/** Characters that part a layer's name into places. */
const separators = './';

/**
 * Whether a layer's name matches a rule's pattern: `?` is one character and `*` any number of them inside one place
 * (between the separators `.` and `/`), `**` any number across places; everything else stands for itself. Takes time
 * proportional to pattern times name, whatever the pattern.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  // reached[i]: the pattern so far can end behind the first i characters of the name.
  let reached = Array.from({ length: name.length + 1 }, (_, at) => at === 0);
  for (const token of pattern.match(/\*\*|[\s\S]/g) ?? []) {
    const next = new Array<boolean>(name.length + 1).fill(false);
    for (let at = 0; at <= name.length; at++) {
      const before = name[at - 1] ?? '';
      if (token === '**') next[at] = reached[at] === true || next[at - 1] === true;
      else if (token === '*')
        next[at] = reached[at] === true || (next[at - 1] === true && !separators.includes(before));
      else if (at > 0 && (token === '?' ? !separators.includes(before) : token === before))
        next[at] = reached[at - 1] === true;
    }
    reached = next;
  }
  return reached[name.length] === true;
}
