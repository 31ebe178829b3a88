/**
 * The decoder in the shape of LFM2-350M, random weights, here and in what people use instead, in turns in one process
 * at equal threads: the product's `cpu-q4`; the same engine with the peer's bits (int4 in blocks of 32, head too);
 * llama.cpp (Q4_0, through node-llama-cpp); keys and values that grow from run to run, as transformers.js passes them.
 * The last three have equal weights and must write the same token first.
 * `npm install` in this folder, then `npm run decoder-peer -- --n 5 --threads 1 --batch 512 --contexts 128,512,2048 --prompts 256,1024`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig } from '../src/architecture/config';
import { plannedTensors } from '../src/architecture/plannedTensors';
import { RandomWeights } from '../src/architecture/randomWeights';
import type { WeightSource } from '../src/architecture/weights';
import { readBandwidth } from './decoder/bandwidth';
import { bytesPerToken, type Engine } from './decoder/engine';
import { openGrowing } from './decoder/growing';
import { openEqualBits, openShipped, type Subject } from './decoder/here';
import { openLlama } from './decoder/llama';
import { afterQ4 } from './gguf';
import {
  describeSummary,
  machine,
  numberArgument,
  numbersArgument,
  type Summary,
  summarize,
} from './summary';

const n = numberArgument('--n', 5);
const threads = numberArgument('--threads', 1);
const batchSize = numberArgument('--batch', 512);
const contexts = numbersArgument('--contexts', [128, 512, 2048]);
const prompts = numbersArgument('--prompts', [256, 1024]);
const decodeTokens = 16;
const preset = 'autoneural-0.65b';
const root = path.join(import.meta.dirname, '..', '..');

interface Cost {
  wallMs: number;
  cpuMs: number;
}

interface Rates {
  /** Tokens a second. */
  readonly rate: Summary;
  readonly cpuMsPerToken: Summary;
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

/** One warm-up each, then `n` rounds in turns, so that all meet the same moods of the machine. */
async function inTurns(
  engines: readonly Engine[],
  tokens: number,
  work: (engine: Engine) => Promise<Cost>,
): Promise<Map<Engine, Rates>> {
  const costs = new Map<Engine, Cost[]>(engines.map(engine => [engine, []]));
  for (let round = 0; round <= n; round++)
    for (const engine of engines) {
      const each = await work(engine);
      if (round > 0) costs.get(engine)?.push(each);
    }
  return new Map(
    [...costs].map(([engine, each]) => [
      engine,
      {
        rate: summarize(each.map(({ wallMs }) => (1000 * tokens) / wallMs)),
        cpuMsPerToken: summarize(each.map(({ cpuMs }) => cpuMs / tokens)),
      },
    ]),
  );
}

/** @param peer what the others are held against, by wall and by processor time */
function print(what: string, rates: ReadonlyMap<Engine, Rates>, peer: Engine): void {
  const ofPeer = rates.get(peer);
  for (const [engine, { rate, cpuMsPerToken }] of rates) {
    console.log(describeSummary(`${what}: ${engine.name}`, 'tok/s', rate));
    console.log(describeSummary('', 'CPU-ms a token', cpuMsPerToken, 2));
    if (engine === peer || ofPeer === undefined) continue;
    const wall = rate.median / ofPeer.rate.median;
    const cpu = ofPeer.cpuMsPerToken.median / cpuMsPerToken.median;
    console.log(`  ${wall.toFixed(2)} times as fast as ${peer.name}, ${cpu.toFixed(2)} by processor time`);
  }
}

function equalWeights(subject: Omit<Subject, 'weights'>): WeightSource {
  const random = new RandomWeights(plannedTensors(subject.config, 'cpu-q4'), 1);
  return {
    tensors: random.tensors,
    // The peer's embedding is int4, ours fp32: with equal values both compute the same.
    readFloats: name => {
      const values = random.readFloats(name);
      return name.endsWith('embed_tokens.weight') ? afterQ4(values) : values;
    },
  };
}

async function checkFirstTokens(engines: readonly Engine[]): Promise<void> {
  const first: number[] = [];
  for (const engine of engines) {
    await engine.read(64);
    first.push(await engine.write(1));
  }
  if (new Set(first).size > 1) throw new Error(`the engines write different tokens: ${first.join(', ')}`);
  console.log(`${engines.length} engines with equal weights write token ${first[0]} behind the same 64`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'decoder-peer-'));
try {
  const json = JSON.parse(readFileSync(path.join(root, 'models', 'presets', `${preset}.json`), 'utf8'));
  const config = parseConfig(json);
  const bandwidth = readBandwidth();
  const subject: Subject = { folder, config, threads, weights: equalWeights({ folder, config, threads }) };
  const shipped = await openShipped(subject);
  const peer = await openLlama(subject, path.join(root, 'bench'), batchSize);
  const equal = [await openEqualBits(subject), peer, await openGrowing(subject)];
  const engines = [shipped, ...equal];
  console.log(`${preset} decoder, ${threads} thread(s), batches of ${batchSize}; ${machine()}`);
  console.log(`one thread reads ${(bandwidth / 1e9).toFixed(1)} GB/s from memory`);
  for (const { name, weightBytes, prefillBytes } of engines)
    console.log(
      `${name}: ${(weightBytes / 1e6).toFixed(0)} MB of weights, ${(prefillBytes / 1e6).toFixed(0)} MB more for prompts`,
    );
  await checkFirstTokens(equal);
  for (const context of contexts) {
    const rates = await inTurns(engines, decodeTokens, async engine => {
      await engine.read(context);
      return cost(() => engine.write(decodeTokens));
    });
    print(`decode behind ${context}`, rates, peer);
    for (const [engine, { rate }] of rates) {
      const bytes = bytesPerToken(engine, config, context);
      const share = (rate.median * bytes) / bandwidth;
      console.log(
        `  ${engine.name}: ${(bytes / 1e6).toFixed(0)} MB a token, ${(100 * share).toFixed(0)} % of the read bandwidth`,
      );
    }
  }
  for (const prompt of prompts)
    print(
      `prefill ${prompt}`,
      await inTurns(engines, prompt, engine => cost(() => engine.read(prompt))),
      peer,
    );
  for (const engine of engines) await engine.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
