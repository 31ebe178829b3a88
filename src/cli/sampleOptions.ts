import path from 'node:path';
import { type InspectParams, pixelScales } from '../protocol/quantization';
import { usage } from './arguments';
import type { Given, OptionSpec } from './command';

/** Options that say what samples a model is fed with. */
export const sampleOptions: Record<string, OptionSpec> = {
  calibration: {
    placeholder: 'DIR|FILE',
    description:
      'pictures, a suite (.jsonl), or .npy or .json tensors named by input; without it the shipped set, or random numbers',
  },
};

/** What a bare graph leaves open of its inputs. */
export const inputOptions: Record<string, OptionSpec> = {
  shape: {
    placeholder: 'NAME=1,3,224,224',
    description: 'size of an input that the graph leaves open; may be given more than once',
    repeatable: true,
  },
  value: {
    placeholder: 'NAME=16000',
    description: 'number for an input that no sample gives; may be given more than once',
    repeatable: true,
  },
  pixels: {
    placeholder: pixelScales.join('|'),
    description: 'how an .onnx file takes pictures: 0..1, -1..1, by ImageNet, 0..255; without it unit',
  },
};

/**
 * What the options of both kinds say.
 * @throws {StudioError} `usage` with the option that is wrong
 */
export function fedWith(given: Given): Pick<InspectParams, 'shapes' | 'values' | 'pixels' | 'calibration'> {
  const calibration = given.values.get('calibration');
  const pixels = choiceOf(given, 'pixels', pixelScales);
  return {
    shapes: shapesOf(given.values.get('shape') ?? ''),
    values: valuesOf(given.values.get('value') ?? ''),
    ...(pixels !== undefined && { pixels }),
    ...(calibration !== undefined && { calibration: { path: path.resolve(calibration) } }),
  };
}

/** @throws {StudioError} `usage` where an option is none of the known words */
export function choiceOf<Value extends string>(
  given: Given,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = given.values.get(name);
  const known = values.find(value => value === text);
  if (text === undefined || known !== undefined) return known;
  throw usage(`--${name} takes ${values.join(', ')}, not "${text}".`);
}

/** `NAME=1,3,224,224`, one a line. */
function shapesOf(text: string): Record<string, number[]> {
  const entries = text.split('\n').filter(line => line !== '');
  return Object.fromEntries(
    entries.map(entry => {
      const [, name, sizes] = /^(.+)=(\d{1,9}(?:,\d{1,9})*)$/.exec(entry) ?? [];
      if (name === undefined || sizes === undefined)
        throw usage(`--shape takes NAME=1,3,224,224, not "${entry}".`);
      return [name, sizes.split(',').map(Number)];
    }),
  );
}

/** `NAME=16000`, one a line. */
function valuesOf(text: string): Record<string, number> {
  const entries = text.split('\n').filter(line => line !== '');
  return Object.fromEntries(
    entries.map(entry => {
      const [, name, digits] = /^(.+)=(-?[\d.]+(?:e[+-]?\d+)?)$/i.exec(entry) ?? [];
      const value = Number(digits);
      if (name === undefined || !Number.isFinite(value))
        throw usage(`--value takes NAME=16000, not "${entry}".`);
      return [name, value];
    }),
  );
}
