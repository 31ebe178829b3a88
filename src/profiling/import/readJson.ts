import * as v from 'valibot';
import type { ForeignFile } from './foreignFile';
import { printable } from './foreignFile';

const maxDepth = 24;
/** Objects and lists, and members of them, in one file: what they take in memory, not on disk, is the limit. */
const maxContainers = 4_000_000;
const maxMembers = 16_000_000;

/** A name or a remark, made fit to be shown. */
export const label = v.pipe(
  v.string(),
  v.transform(text => printable(text)),
);
/** A time, a size, a rate: the bound keeps sums over a file finite. */
export const amount = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1e15));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** A member that may be missing, or null, or of a kind that this reader does not know: then it says nothing. */
export function optional<Output>(
  schema: v.GenericSchema<unknown, Output>,
): v.GenericSchema<unknown, Output | null> {
  return v.fallback(v.nullish(schema, null), null) as v.GenericSchema<unknown, Output | null>;
}

/**
 * Parses JSON of bounded depth and size.
 * @throws {StudioError} `run-invalid`, which tells a file that is cut off from one that is not JSON
 */
export function parseJson(file: ForeignFile, text = file.text): unknown {
  const form = formOf(text);
  if (form.depth > maxDepth) throw file.invalid(`nests more than ${maxDepth} deep`);
  if (form.containers > maxContainers || form.members > maxMembers)
    throw file.invalid('holds more values than can be read', 'measure fewer repetitions');
  try {
    return JSON.parse(text);
  } catch {
    throw form.open
      ? file.invalid('ends in the middle', 'the program that wrote it was stopped or is still writing')
      : file.invalid('is not valid JSON');
  }
}

interface Form {
  depth: number;
  containers: number;
  members: number;
  /** Whether the end comes inside a string, an object or a list. */
  open: boolean;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counts brackets and commas outside of strings, so that a hostile file is refused before it fills the memory. */
function formOf(text: string): Form {
  const form = { depth: 0, containers: 0, members: 0, open: false };
  let level = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === backslash) index++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === comma) form.members++;
    else if (code === openList || code === openObject) {
      form.containers++;
      form.depth = Math.max(form.depth, ++level);
    } else if (code === closeList || code === closeObject) level--;
  }
  form.open = inString || level > 0;
  return form;
}

/**
 * Checks a parsed file against its format.
 * @throws {StudioError} `run-invalid` with the first place that differs
 */
export function check<Output>(
  file: ForeignFile,
  format: string,
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
): Output {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const place = printable(v.getDotPath(result.issues[0]) ?? '', 120);
  throw file.invalid(
    `looks like ${format}, but ${place === '' ? 'its outermost value' : place} is missing or of another kind`,
  );
}
