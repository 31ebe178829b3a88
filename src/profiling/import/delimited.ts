/** What is read of one line: no format has longer ones, and a hostile one would take its time. */
const maxLine = 65_536;
const maxCells = 512;

/**
 * Splits one line at its commas. A cell may stand in quotes, in which a quote is written twice; a quote elsewhere is an
 * ordinary character, since some writers quote nothing. @see RFC 4180
 */
export function splitCells(whole: string): string[] {
  const line = whole.slice(0, maxLine);
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length && cells.length < maxCells) {
    const quoted = line[at] === '"' ? /^"((?:[^"]|"")*)"(?:,|$)/.exec(line.slice(at)) : null;
    if (quoted !== null) {
      cells.push((quoted[1] ?? '').replaceAll('""', '"'));
      at += quoted[0].length;
      if (!quoted[0].endsWith(',')) break;
    } else {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
      if (end < 0) break;
      at = end + 1;
    }
  }
  return cells;
}

/** Lines without their ends; the empty ones are left out. */
export function* linesOf(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end).replace(/\r$/, '');
    if (line.trim() !== '') yield line;
    if (end < 0) return;
    at = end + 1;
  }
}

const decimal = /^\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?$/i;

/** A number that is not negative, as programs print it; null where the text is none or far too large. */
export function numberIn(text: string): number | null {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return null;
  const value = Number(trimmed);
  return value <= 1e15 ? value : null;
}
