import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, win32 } from 'node:path';
import type { WireFile } from './readWire';

/** `TensorProto.external_data`: where a tensor's bytes lie, as the file says it. */
export type ExternalEntries = ReadonlyMap<string, string>;

/** Where a tensor's bytes begin. */
export interface ExternalPlace {
  /** Absolute path of a file that was plain, without links and long enough when it was checked. */
  readonly path: string;
  readonly offset: number;
}

/**
 * The files beside a model that hold its weights. Only plain files inside the model's folder count, reached without
 * any link: a graph from elsewhere must not be able to point at the reader's other files. Nothing of them is read.
 */
export class ExternalFiles {
  private readonly sizes = new Map<string, number>();
  private readonly folder: string;

  constructor(
    private readonly file: WireFile,
    modelPath: string,
  ) {
    this.folder = dirname(realpathSync(modelPath));
  }

  /** Of the files that were asked for so far. */
  get names(): string[] {
    return [...this.sizes.keys()];
  }

  /**
   * Checks the place of one tensor of `bytes` bytes.
   * @returns where it lies
   * @throws {StudioError} `model-invalid` with what is wrong about it
   */
  check(tensor: string, entries: ExternalEntries, bytes: number): ExternalPlace {
    const location = entries.get('location');
    if (location === undefined) throw this.file.invalid(`external tensor ${tensor} names no file`);
    const offset = this.number(tensor, 'offset', entries.get('offset') ?? '0');
    const length = this.number(tensor, 'length', entries.get('length') ?? String(bytes));
    if (length !== bytes) throw this.file.invalid(`tensor ${tensor} has ${length} bytes instead of ${bytes}`);
    const size = this.sizeOf(location);
    if (offset > size - length) {
      throw this.file.invalid(
        `tensor ${tensor} reaches beyond the ${size} bytes of ${JSON.stringify(location)}`,
      );
    }
    return { path: join(this.folder, location), offset };
  }

  private number(tensor: string, key: string, text: string): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
      throw this.file.invalid(
        `tensor ${tensor} has the external ${key} ${JSON.stringify(text.slice(0, 40))}`,
      );
    }
    return value;
  }

  private sizeOf(location: string): number {
    const known = this.sizes.get(location);
    if (known !== undefined) return known;
    const shown = JSON.stringify(location.slice(0, 200));
    const parts = location.split(/[\\/]/);
    if (location === '' || location.includes('\0') || parts.includes('..')) {
      throw this.file.invalid(`its external data is ${shown}, which is no file in its folder`);
    }
    if (isAbsolute(location) || win32.isAbsolute(location) || /^[a-zA-Z]:/.test(location)) {
      throw this.file.invalid(`its external data is ${shown}, outside its folder`);
    }
    const size = this.plainSize(join(this.folder, location), shown);
    this.sizes.set(location, size);
    return size;
  }

  private plainSize(path: string, shown: string): number {
    let real: string;
    try {
      real = realpathSync(path);
    } catch {
      throw this.file.invalid(`its external data ${shown} is missing`);
    }
    if (real !== path) throw this.file.invalid(`its external data ${shown} is reached through a link`);
    const stats = lstatSync(path);
    if (!stats.isFile()) throw this.file.invalid(`its external data ${shown} is not a file`);
    if (stats.nlink > 1) throw this.file.invalid(`its external data ${shown} has a second name elsewhere`);
    return stats.size;
  }
}
