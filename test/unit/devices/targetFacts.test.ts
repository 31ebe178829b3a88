import * as v from 'valibot';
import { expect, it } from 'vitest';
import { diagnosticsText } from '../../../src/devices/diagnostics';
import { findTarget } from '../../../src/devices/local';
import { describeTargets } from '../../../src/devices/targetFacts';
import { loadOrt } from '../../../src/engine/onnxRuntime';
import { targetFactsSchema } from '../../../src/protocol/profile';
import { nanoDir } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';

it('there is a target for every provider that ONNX Runtime lists, and the CPU ran the test graph', async () => {
  const targets = await describeTargets();
  for (const target of targets) expect(v.parse(targetFactsSchema, target)).toEqual(target);
  const listed = (await loadOrt()).listSupportedBackends().map(({ name }) => name);
  expect(targets.map(({ provider }) => provider).toSorted()).toEqual(listed.toSorted());
  expect(targets[0]).toMatchObject({ id: 'local-cpu', available: true });
});

it('a target that is not available says so when a model is opened on it, too', async () => {
  const options = { precision: 'fp32', cacheDir: scratchFolder(), threads: 1 } as const;
  for (const { id, available, missing } of await describeTargets()) {
    if (available) continue;
    const why = missing.find(({ what }) => what === 'provider');
    const opening = findTarget(id).openMeasured(nanoDir, options);
    await expect(opening).rejects.toMatchObject({ kind: 'target-unavailable' });
    await expect(opening).rejects.toThrow(`cannot be used (${why?.reason}): ${why?.fix}.`);
  }
});

it('diagnostics give every fact a line', async () => {
  const [cpu] = await describeTargets();
  if (cpu === undefined) throw new Error('there is no CPU');
  const device = { ...cpu.device, name: 'carols-laptop', processor: 'Oryon', memoryBytes: 2 ** 34 };
  const sample = { rssBytes: 1, clockMhz: 2841.6, temperaturesC: { board: 37, 'cpu-0-0-0': 61.25 } };
  const missing = [{ what: 'provider', reason: 'no graphics device can be seen here', fix: 'it needs one' }];
  const text = diagnosticsText('studio 1', [
    { ...cpu, device, sample },
    { ...cpu, id: 'local-webgpu', available: false, missing },
  ]);
  const lines = text.split('\n');
  expect(lines).toContain('temperature: 61.3 °C (cpu-0-0-0)');
  expect(lines).toContain('clock: 2842 MHz');
  expect(lines).toContain('memory: 16.0 GiB');
  expect(lines).toContain('local-webgpu: not available');
  expect(lines).toContain('  provider: no graphics device can be seen here (it needs one)');
  expect(text).not.toContain('carol');
});
