import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DerivedGraphs } from '../bundle/derive';
import type { MeasuredModel } from '../engine/measuredModel';
import { StudioError } from '../protocol/failure';
import type { PromptInput } from '../protocol/prompt';
import {
  maxRunFileBytes,
  type OperatorPass,
  type OperatorStage,
  type RunOperator,
} from '../protocol/runRecord';
import { decodeForeign } from './import/foreignFile';
import { type OrtOperator, readOrtRuns } from './import/ortProfile';
import { parseJson } from './import/readJson';

/** The first prompt fills caches and is not counted. */
const countedPrompts = 2;
/** Every run of the decoder writes a line for each of its nodes: more tokens tell no more, and cost a large file. */
const mostTokens = 16;

/** Opens the model anew, with the times of its operators going to a folder. */
export type OpenTimed = (profileDir: string) => Promise<MeasuredModel>;

/**
 * Times every operator of a few prompts. It is a pass of its own, since timing slows what it times.
 * @param onPrompt called when one of the prompts begins
 * @throws {StudioError} `cancelled`, or what is wrong with the prompt; `run-invalid` when the profile is too large
 */
export async function measureOperators(
  open: OpenTimed,
  input: Pick<PromptInput, 'imagePath' | 'question'>,
  tokens: number,
  onPrompt: (index: number, of: number) => void,
  signal: AbortSignal,
): Promise<OperatorPass> {
  const folder = await mkdtemp(join(tmpdir(), 'autoneural-profile-'));
  try {
    let generated = 0;
    const model = await open(folder);
    try {
      for (let prompt = 0; prompt <= countedPrompts; prompt++) {
        onPrompt(prompt + 1, countedPrompts + 1);
        const answer = await model.measure(input, Math.min(tokens, mostTokens), () => {}, signal);
        generated = answer.tokens.generated;
      }
    } finally {
      // Only closing writes the files.
      await model.close();
    }
    const operators: RunOperator[] = [];
    for (const graph of ['visionEncoder', 'connector', 'embedTokens', 'decoder'] as const)
      operators.push(...operatorsOf(graph, (await readRuns(folder, graph)) ?? missing(graph), generated));
    // Only some precisions have it, and it reads nothing but prompts.
    const prefill = await readRuns(folder, 'decoderPrefill');
    if (prefill !== null) operators.push(...operatorsOf('decoderPrefill', prefill, generated));
    return { prompts: countedPrompts, tokens: countedPrompts * generated, operators };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function missing(graph: string): never {
  throw new Error(`ONNX Runtime wrote no profile of ${graph}`);
}

async function readRuns(folder: string, graph: string): Promise<OrtOperator[][] | null> {
  const name = (await readdir(folder)).find(file => file.startsWith(`${graph}_`));
  if (name === undefined) return null;
  const path = join(folder, name);
  const { size } = await stat(path);
  if (size > maxRunFileBytes) {
    const message = `The times of all operators take ${Math.ceil(size / 2 ** 20)} MiB, and ${maxRunFileBytes / 2 ** 20} MiB can be read: let the prompts write fewer tokens.`;
    throw new StudioError('run-invalid', message);
  }
  const file = decodeForeign(name, await readFile(path));
  return readOrtRuns(file, parseJson(file));
}

/**
 * Sums the runs of the counted prompts by stage. All prompts are the same, so every one has as many runs; of the
 * decoder's, the last `generated - 1` read the tokens that were written and those before them the prompt.
 */
export function operatorsOf(
  graph: keyof DerivedGraphs,
  runs: readonly (readonly OrtOperator[])[],
  generated: number,
): RunOperator[] {
  const perPrompt = runs.length / (countedPrompts + 1);
  const decodes = generated - 1;
  if (!Number.isInteger(perPrompt) || perPrompt < 1)
    throw new Error(`${runs.length} runs of ${graph} do not make ${countedPrompts + 1} equal prompts`);
  const stageOf = (place: number): OperatorStage => {
    if (graph === 'visionEncoder') return 'encode';
    if (graph === 'connector') return 'project';
    if (graph === 'embedTokens') return 'embed';
    if (graph === 'decoderPrefill') return 'prefill';
    return place < perPrompt - decodes ? 'prefill' : 'decode';
  };
  const sums = new Map<string, RunOperator>();
  for (const [place, operators] of runs.entries()) {
    if (place < perPrompt) continue;
    for (const operator of operators) add(sums, stageOf(place % perPrompt), operator);
  }
  return [...sums.values()];
}

function add(
  sums: Map<string, RunOperator>,
  stage: OperatorStage,
  { layer, op, provider, calls, timeUs }: OrtOperator,
): void {
  const key = JSON.stringify([stage, layer, op, provider]);
  const sum = sums.get(key);
  if (sum === undefined)
    sums.set(key, { stage, layer, op, calls, timeUs, cycles: null, estimated: false, provider });
  else {
    sum.calls = (sum.calls ?? 0) + calls;
    sum.timeUs = (sum.timeUs ?? 0) + timeUs;
  }
}
