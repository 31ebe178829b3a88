import type { ModelShelf } from '../models/shelf';

/**
 * The folder of the float model that an exported one names, where a known model has that name; whether it has the same
 * weights the measurement checks.
 */
export async function originalAmong(models: ModelShelf, name: string): Promise<string | undefined> {
  await models.load();
  return models.models.find(model => model.name === name && model.exported === undefined)?.bundleDir;
}
