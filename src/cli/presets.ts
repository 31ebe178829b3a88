import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { StudioError } from '../protocol/failure';
import { didYouMean, usage } from './arguments';
import { nearest } from './nearest';

const maxConfigBytes = 1 << 20;

/** A config by the name of its preset, or from a file. */
export interface NamedConfig {
  readonly name: string;
  /** Content of the config.json, unchecked. */
  readonly config: unknown;
  /** Folder of a config that is no preset. */
  readonly folder?: string;
}

/** Folder of the presets, seen from dist/cli.js. */
function presetFolder(): string {
  return path.join(__dirname, '..', 'models', 'presets');
}

/** Names of the presets, sorted. */
export function presetNames(): string[] {
  const folder = presetFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => path.basename(name, '.json'))
    .sort();
}

/**
 * Reads the preset of that name, else the config.json at that path or in that folder.
 * @throws {StudioError} `usage` for an unknown preset, with the nearest one; `bundle-invalid` for a file without JSON
 */
export function readConfig(presetOrPath: string): NamedConfig {
  const presets = presetNames();
  if (presets.includes(presetOrPath)) {
    const config = readJson(path.join(presetFolder(), `${presetOrPath}.json`));
    return { name: presetOrPath, config };
  }
  const given = path.resolve(presetOrPath);
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory()
    ? path.join(given, 'config.json')
    : given;
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw unknown(presetOrPath, presets);
  const folder = path.dirname(file);
  const stem = path.basename(file, '.json');
  return { name: stem === 'config' ? path.basename(folder) : stem, config: readJson(file), folder };
}

function unknown(given: string, presets: readonly string[]): StudioError {
  const meant = didYouMean(nearest(given, presets));
  const advice = meant === '' ? `; the presets are ${presets.join(', ')}.` : meant;
  return usage(`${given} is neither a preset nor a config file${advice}`);
}

function readJson(file: string): unknown {
  const { size } = statSync(file);
  if (size > maxConfigBytes) throw invalid(`${file} has ${size} bytes, too many for a config.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw invalid(`${file} is not JSON`);
  }
}

function invalid(problem: string): StudioError {
  return new StudioError('bundle-invalid', `${problem}; choose a preset or another config.json.`);
}
