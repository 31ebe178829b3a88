import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrt, type Ort } from '../engine/onnxRuntime';
import { encodeModel } from '../onnx/encode';
import { GraphBuilder } from '../onnx/graphBuilder';
import { decodeForeign } from '../profiling/import/foreignFile';
import { readOrtProfile } from '../profiling/import/ortProfile';
import { parseJson } from '../profiling/import/readJson';
import type { LocalProvider } from './providers';

/** Why a provider cannot run a graph on this machine, as the middle of a sentence. */
export interface Unavailable {
  readonly problem: string;
  readonly fix: string;
}

const known = new Map<string, Promise<Unavailable | null>>();

/**
 * Finds out, once in a process, whether a provider runs a graph on this machine. Its profile has to say so: a session
 * accepts providers that it then does not use.
 * @returns null when one node was run on it
 */
export function unavailable(provider: LocalProvider): Promise<Unavailable | null> {
  const before = known.get(provider.provider);
  if (before !== undefined) return before;
  const found = probe(provider).then(problem =>
    problem === null ? null : { problem, fix: `it needs ${provider.needs}` },
  );
  known.set(provider.provider, found);
  return found;
}

async function probe({ provider }: LocalProvider): Promise<string | null> {
  const ort = await loadOrt();
  const backend = ort.listSupportedBackends().find(({ name }) => name === provider);
  if (backend === undefined) return `ONNX Runtime does not offer it on ${process.platform}-${process.arch}`;
  if (!backend.bundled) return 'its libraries are not part of this program';
  if (provider === 'webgpu' && lacksGraphics()) return 'no graphics device can be seen here';
  try {
    const ran = await providerThatRuns(ort, provider);
    return ran?.toLowerCase().startsWith(provider) ? null : `${ran ?? 'no provider'} ran the test instead`;
  } catch (error) {
    return firstLine(error);
  }
}

/** Without a device file asking for WebGPU is no use, and its library complains on stderr. */
function lacksGraphics(): boolean {
  return process.platform === 'linux' && !['/dev/dri', '/dev/nvidia0', '/dev/dxg'].some(existsSync);
}

/** Runs one addition and reads in the profile who ran it. */
async function providerThatRuns(ort: Ort, provider: string): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'autoneural-probe-'));
  try {
    const session = await ort.InferenceSession.create(Buffer.concat([...encodeModel(addition())]), {
      executionProviders: [provider, 'cpu'],
      logSeverityLevel: 4,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'probe'),
    });
    try {
      await session.run({ a: new ort.Tensor('float32', new Float32Array(256), [16, 16]) });
    } finally {
      await session.release();
    }
    const [name = ''] = await readdir(folder);
    const file = decodeForeign(name, await readFile(join(folder, name)));
    const { first } = readOrtProfile(file, parseJson(file));
    return first.find(({ op }) => op === 'Add')?.provider ?? null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function addition() {
  const builder = new GraphBuilder('probe', { '': 17 });
  const a = builder.input('a', 'float32', [16, 16]);
  const sum = builder.op('Add', 'probe.add', [a, a]);
  builder.output('sum', sum, 'float32', [16, 16]);
  return builder.build();
}

/** The last clause of ONNX Runtime's first line says what is wrong; what stands before is the place in its source. */
function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return (line.split(' was false. ').at(-1) ?? line).slice(0, 200).replace(/[.\s]+$/, '');
}
