import { sha256OfFile, sha256OfText } from './digest';
import type { BundleFiles } from './files';

export const checksumFile = 'SHA256SUMS';
const maxChecksumBytes = 1 << 20;

export interface Integrity {
  /** Digest over the digests: the sha256 of SHA256SUMS. */
  readonly sha256: string;
  /** sha256 of each file, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Checks every file that SHA256SUMS lists (the format of `sha256sum`). A folder without that file, made by other
 * tools, is described by the SHA256SUMS its files `described` would have.
 * @throws {StudioError} `bundle-damaged` with all files that are missing or differ, or that are used but not listed.
 */
export async function checkIntegrity(
  files: BundleFiles,
  required: readonly string[],
  described: readonly string[],
): Promise<Integrity> {
  if (!(await files.has(checksumFile))) return describe(files, described);
  const text = await files.readText(checksumFile, maxChecksumBytes);
  const expected = parseChecksums(text);
  if (expected === undefined) throw files.damaged(`${checksumFile} is not in the format of sha256sum`);
  const problems: string[] = [];
  for (const name of required) {
    if (expected.has(name)) continue;
    problems.push((await files.has(name)) ? `${checksumFile} does not list ${name}` : `${name} is missing`);
  }
  for (const [name, digest] of expected) {
    if (!(await files.has(name))) problems.push(`${name} is missing`);
    else if ((await sha256OfFile((await files.locate(name)).path)) !== digest) {
      problems.push(`${name} differs from its sha256`);
    }
  }
  if (problems.length > 0) throw files.damaged(problems.join(', '));
  return { sha256: sha256OfText(text), files: expected };
}

async function describe(files: BundleFiles, names: readonly string[]): Promise<Integrity> {
  const digests = new Map<string, string>();
  for (const name of [...names].sort()) {
    if (await files.has(name)) digests.set(name, await sha256OfFile((await files.locate(name)).path));
  }
  const text = [...digests].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  return { sha256: sha256OfText(text), files: digests };
}

/** Lines `<sha256>  <name>` (`*` before the name marks binary mode); undefined where a line is anything else. */
export function parseChecksums(text: string): Map<string, string> | undefined {
  const files = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined || files.has(name)) return undefined;
    files.set(name, digest);
  }
  return files.size > 0 ? files : undefined;
}
