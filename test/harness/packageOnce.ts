/** Global set-up of the workbench tests: packages the extension once; `inject('vsix')` gives the file. */
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageQuietly } from '../../scripts/package.mjs';
import { cacheDir } from './codeServer';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path of the packaged extension. */
    vsix: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const vsix = path.join(cacheDir, 'autoneural-studio.vsix');
  await packageQuietly(vsix);
  project.provide('vsix', vsix);
}
