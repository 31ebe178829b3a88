import type { GraphName } from '../architecture/build';
import { externalFilesOf } from '../onnx/readModel';
import { StudioError } from '../protocol/failure';
import type { Bundle } from './bundle';
import type { DerivedGraphs } from './derive';
import { exportedFiles } from './exportRecord';
import { BundleFiles } from './files';

/**
 * The graphs of an exported bundle as they were written: nothing is derived anew.
 * @throws {StudioError} `bundle-damaged` for a graph that cannot be read or names weights outside its folder
 */
export async function exportedGraphs(bundle: Bundle): Promise<DerivedGraphs> {
  const files = await BundleFiles.open(bundle.dir);
  const checked = async (name: GraphName): Promise<string> => {
    const file = exportedFiles.graph(name);
    const { path } = await files.locate(file);
    try {
      externalFilesOf(path);
      return path;
    } catch (error) {
      if (error instanceof StudioError) throw files.damaged(`${file} cannot be read (${error.message})`);
      throw error;
    }
  };
  return {
    visionEncoder: await checked('vision_encoder'),
    connector: await checked('connector'),
    embedTokens: await checked('embed_tokens'),
    decoder: await checked('decoder'),
  };
}
