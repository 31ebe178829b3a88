import { readFileSync } from 'node:fs';

interface NpyGolden {
  readable: { name: string; file: string; dims: number[]; values: number[] }[];
  refused: Record<string, string>;
}

/** Files that numpy saved, in base64, with what they hold; written by test/fixtures/golden/make_npy.py. */
export const npyGolden = JSON.parse(readFileSync('test/fixtures/golden/npy.json', 'utf8')) as NpyGolden;

/** A .npy file of version 1 around any header and data. */
export function npyFile(header: string, data: Uint8Array = new Uint8Array(), version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header, 'latin1'),
    data,
  ]);
}

export function floatFile(dims: readonly number[], values: readonly number[]): Buffer {
  const shape = dims.map(size => `${size},`).join(' ');
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return npyFile(`{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }\n`, data);
}
