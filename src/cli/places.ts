import { homedir } from 'node:os';
import path from 'node:path';

/** The bundle that ships with the program, seen from dist/cli.js. */
export function shippedBundle(): string {
  return path.join(__dirname, '..', 'models', 'autoneural-nano');
}

/** Folder for derived graphs: AUTONEURAL_CACHE, or the place this system has for caches. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const own = env['AUTONEURAL_CACHE'];
  if (own) return path.resolve(own);
  const name = 'autoneural-studio';
  if (platform === 'win32')
    return path.join(env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local'), name, 'Cache');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', name);
  const xdg = env['XDG_CACHE_HOME'];
  // The specification has relative paths ignored.
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache'), name);
}
