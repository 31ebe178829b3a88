/**
 * Text of a model file as it may be shown: control and format characters (line breaks, zeros, bidirectional
 * overrides) and lone surrogates become a visible replacement, since they could hide or reorder what stands beside.
 */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** The text with its middle left out, at most `length` characters long; the end of a layer's name says most. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.floor((length - 1) / 3);
  const tail = length - 1 - head;
  return wellFormed(`${text.slice(0, head)}…${text.slice(text.length - tail)}`);
}

/** A name for lists, tooltips and sentences. */
export function nameForPeople(text: string): string {
  return shorten(visibleText(text), 160);
}

/** A sentence of the runtime or of a file: its end, which says what to do, must not be lost as that of a name may. */
export function sentenceForPeople(text: string): string {
  return shorten(visibleText(text), 600);
}

/** The longest shortened form that is not wider than `width`, by the given measure. */
export function fitText(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  let fits = 1;
  let tooLong = text.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(shorten(text, middle)) <= width) fits = middle;
    else tooLong = middle;
  }
  return shorten(text, fits);
}

/** A cut may have halved a character outside the basic plane. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '');
}

/** Text between tags or in a quoted attribute of a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
