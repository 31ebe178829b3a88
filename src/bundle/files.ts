import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import * as v from 'valibot';
import { StudioError } from '../protocol/failure';

/** The files of one bundle folder: nothing outside the folder is ever read, and nothing larger than its bound. */
export class BundleFiles {
  private constructor(
    /** Absolute path without symbolic links. */
    readonly dir: string,
  ) {}

  /** @throws {StudioError} `bundle-missing` when there is no such folder. */
  static async open(dir: string): Promise<BundleFiles> {
    const real = await realpath(dir).catch(() => undefined);
    const stats = real === undefined ? undefined : await stat(real).catch(() => undefined);
    if (real === undefined || stats?.isDirectory() !== true) {
      throw new StudioError(
        'bundle-missing',
        `There is no model folder at ${dir}; choose another folder or fetch the model.`,
      );
    }
    return new BundleFiles(real);
  }

  async has(name: string): Promise<boolean> {
    return (await this.find(name)) !== undefined;
  }

  /**
   * Real path and status of a file.
   * @throws {StudioError} `bundle-damaged` when it is missing, no plain file or outside the folder.
   */
  async locate(name: string): Promise<{ path: string; stats: Stats }> {
    const found = await this.find(name);
    if (found === undefined) throw this.damaged(`${name} is missing`);
    return found;
  }

  /** @throws {StudioError} also when the file is larger than `maxBytes`. */
  async readText(name: string, maxBytes: number): Promise<string> {
    const { path, stats } = await this.locate(name);
    if (stats.size > maxBytes)
      throw this.damaged(`${name} has ${stats.size} bytes, more than the ${maxBytes} allowed`);
    return await readFile(path, 'utf8');
  }

  /** @throws {StudioError} `bundle-damaged` when it is not JSON, `bundle-invalid` with the field that is wrong. */
  async readJson<Schema extends v.GenericSchema>(
    name: string,
    schema: Schema,
    maxBytes: number,
  ): Promise<v.InferOutput<Schema>> {
    const text = await this.readText(name, maxBytes);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw this.damaged(`${name} is not JSON`);
    }
    const parsed = v.safeParse(schema, json);
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    const message = `${name} cannot be used: ${v.getDotPath(issue) ?? 'the whole file'} is wrong (${issue.message}); correct the field or fetch the model again.`;
    throw new StudioError('bundle-invalid', message);
  }

  damaged(problem: string): StudioError {
    return new StudioError(
      'bundle-damaged',
      `The model in ${this.dir} is damaged: ${problem}; fetch or build the model again.`,
    );
  }

  private async find(name: string): Promise<{ path: string; stats: Stats } | undefined> {
    if (name === '' || isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
      throw this.damaged(`it names ${JSON.stringify(name)}, a file outside its folder`);
    }
    const path = await realpath(join(this.dir, name)).catch(() => undefined);
    if (path === undefined) return undefined;
    const inside = relative(this.dir, path);
    if (inside.startsWith(`..${sep}`) || isAbsolute(inside))
      throw this.damaged(`${name} is a link out of its folder`);
    const stats = await stat(path);
    if (!stats.isFile()) throw this.damaged(`${name} is not a file`);
    return { path, stats };
  }
}
