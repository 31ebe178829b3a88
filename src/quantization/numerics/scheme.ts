import { StudioError } from '../../protocol/failure';
import type { SchemeId } from '../../protocol/quantization';

export type WeightBits = 4 | 8 | 16;
export type ActivationBits = 8 | 16;

/** Bits of weights and activations; null = left in floating point. */
export interface Scheme {
  readonly weightBits: WeightBits | null;
  readonly activationBits: ActivationBits | null;
}

const pattern = /^(?:w(4|8|16))?(?:a(8|16))?$/;

/**
 * The bits that an id such as `w8a16`, `w4` or `a8` stands for.
 * @throws {StudioError} `usage` for anything else.
 */
export function parseScheme(id: SchemeId): Scheme {
  const [, weights, activations] = pattern.exec(id) ?? [];
  if (weights === undefined && activations === undefined) {
    const message = `"${id}" is not a scheme; name the bits of weights and activations, for example w8a16, w4 or a8.`;
    throw new StudioError('usage', message);
  }
  return { weightBits: bitsOf(weights), activationBits: bitsOf(activations) };
}

/** The id of a scheme; undefined where it leaves everything in floating point, which has none. */
export function schemeId({ weightBits, activationBits }: Scheme): SchemeId | undefined {
  const id = `${weightBits === null ? '' : `w${weightBits}`}${activationBits === null ? '' : `a${activationBits}`}`;
  return id === '' ? undefined : id;
}

/** As people write it: `W8A16`. */
export function schemeLabel(id: SchemeId): string {
  return id.toUpperCase();
}

function bitsOf<Bits extends WeightBits>(digits: string | undefined): Bits | null {
  return digits === undefined ? null : (Number(digits) as Bits);
}
