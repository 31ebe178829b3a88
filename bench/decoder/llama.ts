import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeLfm2Gguf } from '../gguf';
import { type Engine, promptIds } from './engine';
import type { Subject } from './here';

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

/**
 * llama.cpp with the weights of the subject in Q4_0, through node-llama-cpp.
 * @param bench the folder whose packages have node-llama-cpp
 * @param batchSize tokens of a prompt that it reads at once (n_batch and n_ubatch)
 */
export async function openLlama(subject: Subject, bench: string, batchSize: number): Promise<Engine> {
  const file = path.join(subject.folder, 'lfm2.gguf');
  writeLfm2Gguf(file, subject.config.text, subject.weights);
  const entry = createRequire(path.join(bench, 'package.json')).resolve('node-llama-cpp');
  const { getLlama } = (await import(pathToFileURL(entry).href)) as { getLlama: GetLlama };
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: 4096, threads: subject.threads, batchSize });
  const sequence = context.getSequence();
  let last = 0;
  return {
    name: 'llama.cpp Q4_0',
    weightBytes: statSync(file).size,
    prefillBytes: 0,
    cacheNumberBytes: 2,
    read: async count => {
      await sequence.clearHistory();
      const tokens = promptIds(count);
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
