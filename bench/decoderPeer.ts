/**
 * The decoder in the shape of LFM2-350M, equal random weights in int4 blocks of 32 (head and embedding too), here
 * (precision cpu-q4) and in llama.cpp (Q4_0, through node-llama-cpp), in turns in one process at equal threads.
 * `npm install` in this folder, then `npm run decoder-peer -- --n 5 --threads 1`
 */
import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildGraph } from '../src/architecture/build';
import { parseConfig } from '../src/architecture/config';
import type { ModelConfig } from '../src/architecture/modelConfig';
import { plannedTensors } from '../src/architecture/plannedTensors';
import { RandomWeights } from '../src/architecture/randomWeights';
import { graphFileName, graphFiles } from '../src/bundle/graphFiles';
import { DecoderCache } from '../src/engine/decoderCache';
import { ModelGraphs } from '../src/engine/modelGraphs';
import { afterQ4, writeLfm2Gguf } from './gguf';
import { describeSummary, machine, numberArgument, summarize } from './summary';

const n = numberArgument('--n', 5);
const threads = numberArgument('--threads', 1);
const contexts = [128, 512, 2048];
const prompts = [256, 1024];
const decodeTokens = 16;
const preset = 'autoneural-0.65b';
const root = path.join(import.meta.dirname, '..', '..');
/** Token ids of a prompt: any will do, equal on both sides. */
const ids = (count: number) => Array.from({ length: count }, (_, index) => 100 + ((index * 37) % 60_000));

/** What both engines can do. */
interface Engine {
  readonly name: string;
  /** Reads `count` tokens into an empty cache. */
  read(count: number): Promise<void>;
  /** Writes tokens behind what was read; returns the first. */
  write(count: number): Promise<number>;
  close(): Promise<void>;
}

async function openHere(folder: string, config: ModelConfig): Promise<Engine> {
  const random = new RandomWeights(plannedTensors(config, 'cpu-q4'), 1);
  // The peer's embedding is int4, ours fp32: with equal values both engines compute the same, which is checked below.
  const weights = {
    tensors: random.tensors,
    readFloats: (name: string) => {
      const values = random.readFloats(name);
      return name.endsWith('embed_tokens.weight') ? afterQ4(values) : values;
    },
  };
  for (const name of ['vision_encoder', 'connector', 'embed_tokens', 'decoder'] as const) {
    // The encoder is not part of it, but a model opens as a whole.
    const graph = buildGraph(name, config, weights, 'cpu-q4');
    for (const { name: file, chunks } of graphFiles(graph)) {
      const fd = openSync(path.join(folder, file), 'w');
      for (const chunk of chunks)
        for (let done = 0; done < chunk.byteLength; ) done += writeSync(fd, chunk, done);
    }
  }
  const at = (name: Parameters<typeof graphFileName>[0]) => path.join(folder, graphFileName(name));
  const paths = {
    visionEncoder: at('vision_encoder'),
    connector: at('connector'),
    embedTokens: at('embed_tokens'),
    decoder: at('decoder'),
  };
  const graphs = await ModelGraphs.open(paths, config, threads);
  let cache = new DecoderCache(graphs.cacheShape);
  let next = 0;
  const step = async (tokens: readonly number[]) => {
    const logits = await graphs.decode(await graphs.embed(tokens), cache);
    next = logits.reduce((best, value, id) => (value > (logits[best] as number) ? id : best), 0);
  };
  return {
    name: 'AutoNeural cpu-q4',
    read: async count => {
      cache = new DecoderCache(graphs.cacheShape);
      const tokens = ids(count);
      for (let from = 0; from < count; from += 256) await step(tokens.slice(from, from + 256));
    },
    write: async count => {
      const first = next;
      for (let written = 0; written < count; written++) await step([next]);
      return first;
    },
    close: () => graphs.close(),
  };
}

/** What is used of node-llama-cpp, which is installed only where this is measured. */
type GetLlama = (options: { gpu: false; build: 'never'; skipDownload: true }) => Promise<{
  loadModel(options: { modelPath: string; gpuLayers: number }): Promise<{
    createContext(options: { contextSize: number; threads: number; batchSize: number }): Promise<{
      getSequence(): {
        clearHistory(): Promise<void>;
        evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
        evaluate(
          tokens: readonly number[],
          options: { temperature: number; yieldEogToken: boolean },
        ): AsyncIterable<number>;
      };
      dispose(): Promise<void>;
    }>;
    dispose(): Promise<void>;
  }>;
}>;

async function openLlama(folder: string, config: ModelConfig): Promise<Engine> {
  const file = path.join(folder, 'lfm2.gguf');
  writeLfm2Gguf(file, config.text, new RandomWeights(plannedTensors(config, 'fp32'), 1));
  const entry = createRequire(path.join(root, 'bench', 'package.json')).resolve('node-llama-cpp');
  const { getLlama } = (await import(pathToFileURL(entry).href)) as { getLlama: GetLlama };
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: 4096, threads, batchSize: 512 });
  const sequence = context.getSequence();
  let last = 0;
  return {
    name: 'llama.cpp Q4_0',
    read: async count => {
      await sequence.clearHistory();
      const tokens = ids(count);
      last = tokens.at(-1) ?? 0;
      await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(0, -1));
    },
    write: async count => {
      let first = -1;
      let written = 0;
      for await (const token of sequence.evaluate([last], { temperature: 0, yieldEogToken: true })) {
        if (written === 0) first = token;
        if (++written >= count) break;
      }
      return first;
    },
    close: async () => {
      await context.dispose();
      await model.dispose();
    },
  };
}

interface Cost {
  wallMs: number;
  cpuMs: number;
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

const folder = mkdtempSync(path.join(tmpdir(), 'decoder-peer-'));
try {
  const json = JSON.parse(readFileSync(path.join(root, 'models', 'presets', `${preset}.json`), 'utf8'));
  const config = parseConfig(json);
  const engines = [await openHere(folder, config), await openLlama(folder, config)];
  console.log(`${preset} decoder, ${threads} thread(s); ${machine()}`);
  const measure = async (what: string, tokens: number, work: (engine: Engine) => Promise<Cost>) => {
    const costs = new Map<Engine, Cost[]>(engines.map(engine => [engine, []]));
    for (let round = 0; round <= n; round++)
      for (const engine of engines) {
        const each = await work(engine);
        if (round > 0) costs.get(engine)?.push(each);
      }
    const medians: number[] = [];
    for (const engine of engines) {
      const wall = summarize((costs.get(engine) ?? []).map(({ wallMs }) => (1000 * tokens) / wallMs));
      const cpu = summarize((costs.get(engine) ?? []).map(({ cpuMs }) => cpuMs / tokens));
      medians.push(wall.median);
      console.log(describeSummary(`${what}: ${engine.name}`, 'tok/s', wall));
      console.log(describeSummary('', 'CPU-ms a token', cpu, 2));
    }
    const [here = 0, peer = 1] = medians;
    console.log(`${what}: ${(here / peer).toFixed(2)} times the peer`);
  };
  const first: number[] = [];
  for (const engine of engines) {
    await engine.read(64);
    first.push(await engine.write(1));
  }
  if (first[0] !== first[1]) throw new Error(`the engines write different tokens: ${first.join(' and ')}`);
  console.log(`both write token ${first[0]} behind the same 64`);
  for (const context of contexts)
    await measure(`decode behind ${context}`, decodeTokens, async engine => {
      await engine.read(context);
      return cost(() => engine.write(decodeTokens));
    });
  for (const prompt of prompts)
    await measure(`prefill ${prompt}`, prompt, engine => cost(() => engine.read(prompt)));
  for (const engine of engines) await engine.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
