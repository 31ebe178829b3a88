/** The picture formats that are decoded. SVG and PDF are programs more than pictures, so they are left out on purpose. */
export const pictureFormats = ['PNG', 'JPEG', 'WebP', 'GIF', 'TIFF', 'AVIF'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** What a file looks like by its first bytes: a format that is decoded, or a word for the sentence that refuses it. */
export type Sniffed = { format: PictureFormat } | { format: null; looksLike: string | null };

const decoded: [PictureFormat, (bytes: Buffer) => boolean][] = [
  ['PNG', bytes => starts(bytes, 0, '\x89PNG\r\n\x1a\n')],
  ['JPEG', bytes => starts(bytes, 0, '\xff\xd8\xff')],
  ['WebP', bytes => starts(bytes, 0, 'RIFF') && starts(bytes, 8, 'WEBP')],
  ['GIF', bytes => starts(bytes, 0, 'GIF87a') || starts(bytes, 0, 'GIF89a')],
  ['TIFF', bytes => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some(magic => starts(bytes, 0, magic))],
  ['AVIF', bytes => brands(bytes).some(brand => brand === 'avif' || brand === 'avis')],
];

const refused: [string, (bytes: Buffer) => boolean][] = [
  ['a BMP picture', bytes => starts(bytes, 0, 'BM') && bytes.length > 26],
  ['an icon file', bytes => starts(bytes, 0, '\0\0\x01\0')],
  ['a HEIC picture', bytes => brands(bytes).some(brand => /^(hei[cx]|hev[cx]|mif1|msf1)$/.test(brand))],
  ['a JPEG XL picture', bytes => starts(bytes, 0, '\xff\x0a') || starts(bytes, 4, 'JXL ')],
  ['a PDF document', bytes => starts(bytes, 0, '%PDF')],
  ['an SVG drawing', bytes => /<svg[\s>]/i.test(bytes.toString('latin1'))],
  ['a video', bytes => brands(bytes).length > 0 || starts(bytes, 0, '\x1aE\xdf\xa3')],
  ['text', bytes => !/[^\t\n\r\f -~\x80-\xff]/.test(bytes.toString('latin1'))],
];

/** Bytes that {@link sniffFormat} looks at. */
export const sniffedBytes = 1024;

/**
 * Tells a picture's format from its first bytes, whatever its name says.
 * @param head at least {@link sniffedBytes} bytes of the file, or the whole file
 */
export function sniffFormat(head: Buffer): Sniffed {
  const bytes = head.subarray(0, sniffedBytes);
  const format = decoded.find(([, matches]) => matches(bytes))?.[0];
  if (format !== undefined) return { format };
  return { format: null, looksLike: refused.find(([, matches]) => matches(bytes))?.[0] ?? null };
}

function starts(bytes: Buffer, offset: number, magic: string): boolean {
  return bytes.subarray(offset, offset + magic.length).equals(Buffer.from(magic, 'latin1'));
}

/** Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, `ftyp` box). */
function brands(bytes: Buffer): string[] {
  if (bytes.length < 16 || !starts(bytes, 4, 'ftyp')) return [];
  const end = Math.min(bytes.readUInt32BE(0), bytes.length);
  const found = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) found.push(bytes.toString('latin1', at, at + 4));
  return found;
}
