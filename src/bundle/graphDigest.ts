import { dirname, join } from 'node:path';
import { externalFilesOf } from '../onnx/readModel';
import { sha256OfFile, sha256OfText } from './digest';

/**
 * What a bare graph is known by: the sha256 of its file, and where its weights lie in files of their own that of all the
 * files' digests, since the graph alone would not tell other weights.
 * @param path of an .onnx file
 * @throws {StudioError} `model-invalid` where it is none, or names a file outside its folder
 */
export async function sha256OfGraph(path: string): Promise<string> {
  const own = await sha256OfFile(path);
  const weights = externalFilesOf(path);
  if (weights.length === 0) return own;
  const digests = await Promise.all(weights.map(name => sha256OfFile(join(dirname(path), name))));
  return sha256OfText([own, ...digests].join('\n'));
}
