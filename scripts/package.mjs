/** `npm run package`: a VSIX for this platform, with this platform's native binaries and no others. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prepare, runScript } from './prepare.mjs';
import { root, run, ScriptError } from './process.mjs';

/** @returns {string} the platform's name in VS Code's terms, e.g. `linux-x64` */
function currentTarget() {
  return `${process.platform}-${process.arch}`;
}

/** @param {string} target @returns {string[]} allow-list lines for the packages that belong to one platform */
function platformLines(target) {
  const [system = '', arch = ''] = target.split('-');
  return [
    `!node_modules/onnxruntime-node/bin/napi-v6/${system}/${arch}/**`,
    `!node_modules/@img/sharp-${target}/**`,
    `!node_modules/@img/sharp-libvips-${target}/**`,
  ];
}

/**
 * @param {{ out?: string }} [options] out: path of the VSIX to write, in the repository when left out
 * @returns {Promise<{ vsix: string, sizeMiB: number }>}
 */
export async function packageExtension(options = {}) {
  await prepare({ build: true });
  const { createVSIX } = await import('@vscode/vsce');
  const { version, name } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const target = currentTarget();
  const vsix = options.out ?? path.join(root, `${name}-${target}-${version}.vsix`);
  const ignoreFile = path.join(root, '.cache', `vscodeignore-${target}`);
  await mkdir(path.dirname(ignoreFile), { recursive: true });
  await rm(vsix, { force: true });
  const lines = [await readFile(path.join(root, '.vscodeignore'), 'utf8'), ...platformLines(target)];
  await writeFile(ignoreFile, `${lines.join('\n')}\n`);
  await createVSIX({
    cwd: root,
    packagePath: vsix,
    target,
    ignoreFile,
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
  return { vsix, sizeMiB: (await stat(vsix)).size / 2 ** 20 };
}

/**
 * The same in a process of its own, so that the packager's long listing stays out of the caller's output.
 * @param {string} out path of the VSIX to write
 * @throws {ScriptError} with the packager's last line
 */
export async function packageQuietly(out) {
  const result = await run(process.execPath, [fileURLToPath(import.meta.url), out], { timeoutMs: 180_000 });
  if (result.code !== 0)
    throw new ScriptError(`The extension could not be packaged: ${result.output.trim().split('\n').at(-1)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runScript(async () => {
    const out = process.argv[2];
    const { vsix, sizeMiB } = await packageExtension(out ? { out: path.resolve(out) } : {});
    console.log(`${path.relative(process.cwd(), vsix)}: ${sizeMiB.toFixed(1)} MiB`);
  });
