import * as v from 'valibot';

/** Bytes of one element of each type the format knows. */
const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const storedTensorSchema = v.object({
  dtype: v.picklist(Object.keys(elementBytes) as (keyof typeof elementBytes)[]),
  shape: v.pipe(v.array(offset), v.maxLength(64)),
  data_offsets: v.tuple([offset, offset]),
});

export interface StoredTensor {
  readonly dtype: keyof typeof elementBytes;
  readonly shape: readonly number[];
  /** First byte and byte behind the last one, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export type ParsedHeader = { tensors: Map<string, StoredTensor> } | { problem: string };

/**
 * Checks a header against the size of the data behind it: every tensor lies inside, is as long as its shape says, and
 * together they cover the data without overlap or gap, as the format demands.
 */
export function parseSafetensorsHeader(header: Uint8Array, dataBytes: number): ParsedHeader {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    return { problem: 'its header is not JSON' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { problem: 'its header is not a JSON object' };
  }
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const parsed = v.safeParse(storedTensorSchema, value);
    if (!parsed.success) {
      return {
        problem: `its header describes tensor ${name} wrongly: ${v.getDotPath(parsed.issues[0]) ?? 'entry'}`,
      };
    }
    const { dtype, shape, data_offsets } = parsed.output;
    const [begin, end] = data_offsets;
    if (byteLength(shape, elementBytes[dtype]) !== end - begin) {
      return { problem: `tensor ${name} of shape [${shape.join()}] does not fit its ${end - begin} bytes` };
    }
    tensors.set(name, { dtype, shape, begin, end });
  }
  const problem = layoutProblem(tensors, dataBytes);
  return problem === undefined ? { tensors } : { problem };
}

/** Product of the shape times the element size; NaN where it exceeds what a number holds exactly. */
function byteLength(shape: readonly number[], bytes: number): number {
  if (shape.includes(0)) return 0;
  let product = bytes;
  for (const dimension of shape) {
    product *= dimension;
    if (!Number.isSafeInteger(product)) return Number.NaN;
  }
  return product;
}

function layoutProblem(tensors: Map<string, StoredTensor>, dataBytes: number): string | undefined {
  let covered = 0;
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of ordered) {
    if (begin !== covered) return `tensor ${name} begins at byte ${begin}, where ${covered} was expected`;
    covered = end;
  }
  return covered === dataBytes ? undefined : `its tensors take ${covered} bytes, but ${dataBytes} are there`;
}
