/** Rows of a picture from top to bottom, some at a time: red, green, blue and opacity, a byte each. */
export type Strips = Iterable<Uint8ClampedArray> | AsyncIterable<Uint8ClampedArray>;

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** 8 bits a channel, red green blue, deflate, filters by row, not interlaced. */
const format = [8, 2, 0, 0, 0];
/** Every row is written as its difference from the row above: the ground of a map repeats downwards. */
const filterUp = 2;

/**
 * A PNG file (ISO/IEC 15948) without opacity, made strip by strip: no canvas has to be as large as the picture.
 * @param width pixels @param height pixels; the strips must make up exactly so many rows
 * @throws whatever the strips throw
 */
export async function encodePng(width: number, height: number, strips: Strips): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(format, 8);
  const parts = [Uint8Array.from(signature), chunk('IHDR', header)];
  for await (const data of deflated(width, strips)) parts.push(chunk('IDAT', data));
  parts.push(chunk('IEND', new Uint8Array(0)));
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

async function* deflated(width: number, strips: Strips): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new CompressionStream('deflate');
  const writer = writable.getWriter();
  // Whoever reads learns of what failed from the stream, which would never end otherwise.
  const writing = writeRows(writer, width, strips).catch(error => writer.abort(error));
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield value;
  }
  await writing;
}

async function writeRows(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  width: number,
  strips: Strips,
): Promise<void> {
  let above: Uint8ClampedArray = new Uint8ClampedArray(width * 4);
  for await (const strip of strips) {
    const rows = strip.length / (width * 4);
    const bytes = new Uint8Array(rows * (1 + width * 3));
    let to = 0;
    for (let row = 0; row < rows; row++) {
      const from = row * width * 4;
      bytes[to++] = filterUp;
      for (let at = 0; at < width * 4; at++) {
        if (at % 4 === 3) continue;
        bytes[to++] = (strip[from + at] ?? 0) - (above[at] ?? 0);
      }
      above = strip.subarray(from, from + width * 4);
    }
    await writer.write(bytes);
  }
  await writer.close();
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let at = 0; at < 4; at++) bytes[4 + at] = type.charCodeAt(at);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
