/**
 * Walks through earlier questions as a terminal does: up from an empty box or from a recalled, unedited question.
 * @returns the text to show, or null where the key should do what it always does
 */
export function recall(
  questions: readonly string[],
  current: string,
  direction: 'up' | 'down',
): string | null {
  const distinct = questions.filter((question, index) => question !== questions[index + 1]);
  const at = current === '' ? distinct.length : distinct.lastIndexOf(current);
  if (at < 0 || distinct.length === 0) return null;
  if (direction === 'up') return distinct[at - 1] ?? null;
  return at === distinct.length ? null : (distinct[at + 1] ?? '');
}
