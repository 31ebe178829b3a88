import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Digests of this process' life; a file counts as unchanged while its place, size and times are. */
const known = new Map<string, string>();
const maxKnown = 1024;

/** sha256 of a file in hex; a second call on an unchanged file costs one stat. */
export async function sha256OfFile(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const key = [path, dev, ino, size, mtimeNs, ctimeNs].join('|');
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  const digest = hash.digest('hex');
  if (known.size >= maxKnown) known.clear();
  known.set(key, digest);
  return digest;
}

export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
