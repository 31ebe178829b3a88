import { StudioError } from '../../protocol/failure';
import { maxRunFileBytes } from '../../protocol/runRecord';

/** A file that another program wrote, as text, with the words for what is wrong in it. */
export class ForeignFile {
  /** @param name without folders; the reader knows where they took it from */
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}

  /** @param problem continues a sentence that begins with the file's name, e.g. `ends in the middle` */
  invalid(problem: string, advice = 'export it anew from the program that measured'): StudioError {
    return new StudioError('run-invalid', `${printable(this.name, 120)} ${problem}; ${advice}.`);
  }
}

/**
 * Decodes a file. UTF-8, or UTF-16 with its mark: what `>` writes in Windows PowerShell.
 * @throws {StudioError} `run-invalid` when it is empty, too large or no text
 */
export function decodeForeign(fileName: string, bytes: Uint8Array): ForeignFile {
  const name = fileName.split(/[/\\]/).at(-1) || 'The file';
  const empty = new ForeignFile(name, '');
  if (bytes.length > maxRunFileBytes)
    throw empty.invalid(
      `has ${Math.ceil(bytes.length / 2 ** 20)} MiB, and ${maxRunFileBytes / 2 ** 20} MiB can be read`,
      'measure fewer repetitions',
    );
  const text = decode(bytes);
  if (text === null || text.includes('\0'))
    throw empty.invalid('is not text', 'choose the JSON, CSV or text file that the program wrote');
  if (text.trim() === '')
    throw empty.invalid('is empty', 'the program that should have written it may have failed');
  return new ForeignFile(name, text);
}

function decode(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  try {
    return new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Control, formatting (such as right-to-left marks), private and half characters, and the odd line ends. */
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** A name out of a foreign file as it may be shown and stored: on one line, at most `most` characters. */
export function printable(text: string, most = 300): string {
  const short = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return short.replace(unprintable, '\uFFFD').trim();
}
