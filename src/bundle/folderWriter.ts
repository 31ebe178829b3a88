import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../protocol/failure';
import { checksumFile } from './integrity';

export interface FolderWriting {
  readonly signal: AbortSignal;
  /** The sentence when `signal` was aborted. */
  readonly cancelled: string;
  /** @param written bytes of all files so far */
  onProgress(name: string, written: number): void;
}

/** Writes the files of one folder and notes their digests; stops between two chunks when it is told to. */
export class FolderWriter {
  /** Bytes of all files so far. */
  bytes = 0;
  private readonly digests = new Map<string, string>();

  /** @param dir absolute path of a folder that is there */
  constructor(
    private readonly dir: string,
    private readonly options: FolderWriting,
  ) {}

  /** Names of all files so far, relative to the folder. */
  get names(): string[] {
    return [...this.digests.keys()];
  }

  async text(name: string, text: string): Promise<void> {
    await this.chunks(name, [Buffer.from(text)]);
  }

  /** @param from absolute path of the file that is copied */
  async copy(name: string, from: string): Promise<void> {
    await this.chunks(name, createReadStream(from, { highWaterMark: 1 << 20 }));
  }

  /**
   * @param name relative to the folder, with slashes
   * @param chunks computed while they are taken
   * @throws {StudioError} `cancelled`
   */
  async chunks(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.dir, name);
    await mkdir(dirname(path), { recursive: true });
    const hash = createHash('sha256');
    const file = await open(path, 'wx');
    try {
      for await (const chunk of chunks) {
        if (this.options.signal.aborted) throw new StudioError('cancelled', this.options.cancelled);
        hash.update(chunk);
        await file.writeFile(chunk);
        this.bytes += chunk.byteLength;
        this.options.onProgress(name, this.bytes);
      }
    } finally {
      await file.close();
    }
    this.digests.set(name, hash.digest('hex'));
  }

  /** SHA256SUMS of all files so far. */
  async checksums(): Promise<void> {
    const lines = [...this.digests].sort(([a], [b]) => (a < b ? -1 : 1));
    await writeFile(
      join(this.dir, checksumFile),
      lines.map(([name, digest]) => `${digest}  ${name}\n`).join(''),
    );
  }
}
