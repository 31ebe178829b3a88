import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTarget } from '../../../src/devices/local';
import { decodePicture } from '../../../src/engine/picture/decode';
import { readPictureFile } from '../../../src/engine/picture/file';
import { type PictureRecipe, resizePixels } from '../../../src/engine/picture/tensor';
import type { LoadedModel } from '../../../src/engine/target';
import { nanoDir, nanoText, nanoTexts, root } from './nano';
import { scratchFolder } from './pictures';

/** What PyTorch answers, written by models/training/golden.py. */
const answerSchema = v.object({
  image: v.string(),
  question: v.string(),
  /** sha256 of the resized bytes [128, 128, 3]. */
  pixels: v.string(),
  /** Greedy tokens, the end token included. */
  tokens: v.array(v.number()),
  answer: v.string(),
});
const goldenSchema = v.object({
  /** sha256 of the weights that answered. */
  model: v.string(),
  maxNewTokens: v.number(),
  answers: v.array(answerSchema),
});
const partsSchema = v.object({ question: v.string(), promptIds: v.array(v.number()) });

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(root, 'test/fixtures/golden', name), 'utf8'));
const golden = v.parse(goldenSchema, fixture('nano-greedy.json'));
const imagePath = (image: string) => path.join(root, 'test/fixtures/heldout', image);
const scratch = scratchFolder();
let model: LoadedModel;

beforeAll(async () => {
  const cacheDir = path.join(scratch, 'cache');
  model = await findTarget('local-cpu').open(nanoDir, { precision: 'fp32', cacheDir, threads: 1 });
});
afterAll(() => model?.close());

describe('the shipped model against PyTorch', () => {
  it('is the model that the fixture was written with, asked often enough', () => {
    expect(nanoText('SHA256SUMS')).toContain(`${golden.model}  model.safetensors`);
    expect(golden.answers.length).toBeGreaterThanOrEqual(200);
  });

  it('sees the same bytes of every picture', async () => {
    const { size } = JSON.parse(nanoText('preprocessor_config.json'));
    const rest = { kernel: 'cubic', rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
    const recipe: PictureRecipe = { width: size.width, height: size.height, ...rest };
    const hashes = new Map<string, string>();
    for (const { image } of golden.answers) {
      const bytes = await resizePixels(await decodePicture(await readPictureFile(imagePath(image))), recipe);
      hashes.set(image, createHash('sha256').update(bytes).digest('hex'));
    }
    const others = golden.answers.filter(({ image, pixels }) => hashes.get(image) !== pixels);
    expect(others.map(({ image }) => image)).toEqual([]);
  });

  it('reads the same prompt', () => {
    const parts = v.parse(partsSchema, fixture('nano-parts.json'));
    expect(nanoTexts().encodePrompt([], parts.question)).toEqual(parts.promptIds);
  });

  it('writes the same greedy tokens and text to every question', async () => {
    const others: object[] = [];
    for (const { image, question, tokens, answer } of golden.answers) {
      const sampling = { temperature: 0, maxTokens: golden.maxNewTokens };
      const request = { imagePath: imagePath(image), turns: [], question, sampling };
      const result = await model.prompt(request, () => {}, new AbortController().signal);
      if (result.answer !== answer || result.tokenIds.join() !== tokens.join())
        others.push({
          image,
          question,
          pytorch: answer,
          node: result.answer,
          tokens,
          tokenIds: result.tokenIds,
        });
    }
    expect(others).toEqual([]);
  }, 300_000);
});
