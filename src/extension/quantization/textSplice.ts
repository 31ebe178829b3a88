/** The part of a text that gives way to another; `end` is behind its last character. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** The smallest single splice that turns `before` into `after`: what an editor's undo then takes back. */
export function spliceBetween(before: string, after: string): Splice {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let kept = 0;
  while (kept < most - start && before[before.length - 1 - kept] === after[after.length - 1 - kept]) kept++;
  return { start, end: before.length - kept, text: after.slice(start, after.length - kept) };
}
