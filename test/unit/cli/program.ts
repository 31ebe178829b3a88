import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as it is installed: dist/cli.js beside models and node_modules, built from the sources of now. */
export class Program {
  private constructor(
    private readonly cli: string,
    private readonly cache: string,
  ) {}

  static async build(): Promise<Program> {
    const folder = scratchFolder();
    mkdirSync(path.join(folder, 'dist'));
    for (const name of ['node_modules', 'models'])
      symlinkSync(path.join(root, name), path.join(folder, name), 'junction');
    const outfile = path.join(folder, 'dist', 'cli.js');
    await build({
      entryPoints: [path.join(root, 'src/cli/main.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      external: ['onnxruntime-node', 'sharp'],
      logLevel: 'error',
    });
    return new Program(outfile, path.join(folder, 'cache'));
  }

  /** Whether the program has begun to derive graphs, far behind its start. */
  isAtWork(): boolean {
    return existsSync(path.join(this.cache, 'graphs'));
  }

  /**
   * @param options.interruptWhen asked again and again; the signal is sent once it says yes
   * @param options.signal that of Ctrl-C where none is named
   */
  run(
    args: string[],
    options: { cwd?: string; interruptWhen?: () => boolean; signal?: NodeJS.Signals } = {},
  ): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, AUTONEURAL_CACHE: this.cache };
      const child = spawn(process.execPath, [this.cli, ...args], { cwd: options.cwd, env });
      const ended: Ended = { code: null, stdout: '', stderr: '' };
      const timer = setInterval(() => {
        if (!options.interruptWhen?.()) return;
        clearInterval(timer);
        child.kill(options.signal ?? 'SIGINT');
      }, 10);
      child.stdout.on('data', data => {
        ended.stdout += data;
      });
      child.stderr.on('data', data => {
        ended.stderr += data;
      });
      child.on('error', reject);
      child.on('close', code => {
        clearInterval(timer);
        resolve({ ...ended, code });
      });
    });
  }

  /** Closes the program's stdout after its first bytes, as `head` does. */
  runIntoClosedPipe(args: string[]): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, AUTONEURAL_CACHE: this.cache };
      const child = spawn(process.execPath, [this.cli, ...args], { env });
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', data => {
        stderr += data;
      });
      child.on('error', reject);
      child.on('close', code => resolve({ code, stdout: '', stderr }));
    });
  }
}
