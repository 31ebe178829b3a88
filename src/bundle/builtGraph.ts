import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { buildFile } from './buildFolder';

const graphFolder = 'onnx';

const recordSchema = v.object({
  madeBy: v.literal('autoneural build'),
  weights: v.object({ random: v.literal(true) }),
});

/**
 * Whether a graph is one of a folder that was built with random weights. Such a graph may be timed and counted; how much
 * its values lose says nothing about any model.
 * @param path of an .onnx file
 */
export async function hasRandomWeights(path: string): Promise<boolean> {
  const folder = dirname(path);
  if (basename(folder) !== graphFolder) return false;
  try {
    return v.is(recordSchema, JSON.parse(await readFile(join(dirname(folder), buildFile), 'utf8')));
  } catch {
    return false;
  }
}
