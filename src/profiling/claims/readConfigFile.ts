import { readFile, stat } from 'node:fs/promises';
import { StudioError } from '../../protocol/failure';

const maxConfigBytes = 1 << 20;

/**
 * The content of a config.json, unchecked.
 * @throws {StudioError} `bundle-missing` or `bundle-damaged`
 */
export async function readConfigFile(file: string): Promise<unknown> {
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile())
    throw new StudioError(
      'bundle-missing',
      `There is no config at ${file}: choose a preset or a model folder that holds a config.json.`,
    );
  if (facts.size > maxConfigBytes) throw damaged(file, `has ${facts.size} bytes, too many for a config.json`);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw damaged(file, 'is not JSON');
  }
}

function damaged(file: string, problem: string): StudioError {
  return new StudioError('bundle-damaged', `${file} ${problem}: choose another model.`);
}
