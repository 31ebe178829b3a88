import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { measureClaims } from '../../../../src/profiling/claims/measureClaims';
import { claimsReportSchema } from '../../../../src/protocol/claims';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, 'models', ...path), 'utf8'));
const cacheDir = mkdtempSync(join(tmpdir(), 'claims-'));
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }));

const options = {
  models: [
    { name: 'autoneural-nano', config: read('autoneural-nano', 'config.json') },
    { name: 'vit-nano', config: read('presets', 'vit-nano.json') },
  ],
  imageSizes: [128, 256],
  contexts: [64, 2048],
  memoryBudgetBytes: 40e6,
  precision: 'cpu-q4',
  repeats: 2,
  threads: 1,
  cacheDir,
  onProgress: () => {},
} as const;

describe('two models in turns', () => {
  it('give figures of the form that is promised, and leave nothing behind', async () => {
    const said: string[] = [];
    const report = v.parse(
      claimsReportSchema,
      await measureClaims({
        ...options,
        signal: new AbortController().signal,
        onProgress: message => said.push(message),
      }),
    );
    expect(report.pictures.map(({ imageSize }) => imageSize)).toEqual([128, 256]);
    for (const { models } of report.pictures) {
      for (const { encodeMs, prefillMs, firstTokenMs } of models) {
        if (!encodeMs.measured || !prefillMs.measured || !firstTokenMs.measured) throw new Error('no figure');
        expect(encodeMs.n).toBe(2);
        expect(encodeMs.median).toBeGreaterThan(0);
        expect(firstTokenMs.p90).toBeGreaterThan(encodeMs.p10 + prefillMs.p10);
      }
    }
    const [ours, baseline] = report.contenders;
    // 3 attention layers of 16 against 16, equal heads: see the configs.
    expect(baseline.cacheBytesPerToken / ours.cacheBytesPerToken).toBeCloseTo(8 / 3, 2);
    expect(ours.longestContext).toBe(1024);
    const turns = said.filter(message => /px, (warm-up|run)/.test(message)).slice(0, 4);
    expect(turns.map(message => message.split(' ')[0])).toEqual([
      'autoneural-nano',
      'vit-nano',
      'autoneural-nano',
      'vit-nano',
    ]);
    expect(report.decode[1]?.models[0]).toEqual({ measured: false, reason: 'reads at most 1024 tokens' });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('can be stopped, and leave nothing behind either', async () => {
    const abort = new AbortController();
    const stopped = measureClaims({
      ...options,
      signal: abort.signal,
      onProgress: message => {
        if (message.includes('warm-up')) abort.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' });
    expect(readdirSync(cacheDir)).toEqual([]);
  });
});
