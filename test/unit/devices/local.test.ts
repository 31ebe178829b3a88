import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../../src/bundle/bundle';
import { findTarget, graphSha256Of, localTargets } from '../../../src/devices/local';
import { nanoDir } from '../engine/nano';
import { put, scratchFolder } from '../engine/pictures';

const folder = scratchFolder();

it('a model is the same with another word in its card, and another one with another config', async () => {
  const dir = path.join(folder, 'copy');
  cpSync(nanoDir, dir, { recursive: true });
  /** Adds a line end to a file, and notes the new digest as whoever publishes it would. */
  const change = async (name: string) => {
    const sums = path.join(dir, 'SHA256SUMS');
    const digest = () =>
      createHash('sha256')
        .update(readFileSync(path.join(dir, name)))
        .digest('hex');
    const before = digest();
    appendFileSync(path.join(dir, name), '\n');
    writeFileSync(sums, readFileSync(sums, 'utf8').replace(before, digest()));
    const bundle = await openBundle(dir);
    return { all: bundle.sha256, graphs: graphSha256Of(bundle) };
  };
  const nano = await openBundle(nanoDir);
  const card = await change('README.md');
  expect(card.all).not.toBe(nano.sha256);
  expect(card.graphs).toBe(graphSha256Of(nano));
  expect((await change('config.json')).graphs).not.toBe(card.graphs);
});

describe('local targets', () => {
  it('are found by id', () => {
    expect(localTargets().map(({ info }) => info.id)).toEqual(['local-cpu']);
    expect(findTarget('local-cpu').info.available).toBe(true);
    expect(() => findTarget('npu')).toThrow(
      'There is no target npu: choose one of local-cpu, local-webgpu, local-dml,',
    );
  });

  it('report their progress, the second time without deriving', async () => {
    const open = async () => {
      const messages: string[] = [];
      const onProgress = (message: string) => messages.push(message);
      const cacheDir = path.join(folder, 'cache');
      const model = await findTarget('local-cpu').open(nanoDir, {
        precision: 'fp32',
        cacheDir,
        threads: 0,
        onProgress,
      });
      expect(model.info).toMatchObject({
        name: path.basename(nanoDir),
        imageTokens: 64,
        precisions: ['fp32', 'w8a16-w4a16', 'cpu-q4'],
      });
      await model.close();
      return messages;
    };
    const loading = `Loading ${path.basename(nanoDir)} in fp32`;
    expect((await open()).at(-1)).toBe(loading);
    expect(await open()).toEqual([loading]);
  });

  it('say where a cache cannot be written', async () => {
    const cacheDir = path.join(put(folder, 'file', ''), 'cache');
    const opening = findTarget('local-cpu').open(nanoDir, { precision: 'fp32', cacheDir, threads: 1 });
    await expect(opening).rejects.toMatchObject({
      name: 'StudioError',
      message: expect.stringContaining(cacheDir),
    });
  });

  it('stop loading when they are told to', async () => {
    const controller = new AbortController();
    const opening = findTarget('local-cpu').open(nanoDir, {
      precision: 'fp32',
      cacheDir: path.join(folder, 'other-cache'),
      threads: 1,
      onProgress: () => controller.abort(),
      signal: controller.signal,
    });
    await expect(opening).rejects.toMatchObject({
      kind: 'cancelled',
      message: 'Loading the model was stopped.',
    });
  });
});
