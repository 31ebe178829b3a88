import type { ForeignFile } from './foreignFile';
import type { Format, RunDraft } from './importedRecord';

/** A format inside JSON, told from others by what stands in it and not by the file's name. */
export interface JsonFormat extends Format {
  recognises(value: unknown): boolean;
  /** @throws {StudioError} `run-invalid` */
  read(file: ForeignFile, value: unknown): RunDraft[];
}

/** A format of lines. */
export interface TextFormat extends Format {
  /** @param head the beginning of the file */
  recognises(head: string): boolean;
  /** @throws {StudioError} `run-invalid` */
  read(file: ForeignFile): RunDraft[];
}
