import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayRun, modelFolders } from '../../../src/extension/models/folders';
import { readSampling } from '../../../src/extension/samplingSetting';

describe('model folders', () => {
  it('are absolute, resolved against the workspace, each once', () => {
    expect(modelFolders(['/m/a', 'models/b', '/m/a/', './models/b', ' ', 3, null], '/ws')).toEqual([
      path.resolve('/m/a'),
      path.resolve('/ws/models/b'),
    ]);
    expect(modelFolders(['/m/a', 'models/b'], undefined)).toEqual([path.resolve('/m/a')]);
    expect(modelFolders('not a list', '/ws')).toEqual([]);
  });

  it('run in a trusted workspace; in Restricted Mode only the shipped one does', () => {
    expect(mayRun('/ws/model', '/ext/models/nano', true)).toBe(true);
    expect(mayRun('/ws/model', '/ext/models/nano', false)).toBe(false);
    expect(mayRun('/ext/models/nano/', '/ext/models/nano', false)).toBe(true);
    expect(mayRun('/ext/models/nano/../../../ws/model', '/ext/models/nano', false)).toBe(false);
    expect(mayRun('/ext/models/nano-2', '/ext/models/nano', false)).toBe(false);
  });
});

describe('sampling settings', () => {
  const none = () => {
    throw new Error('no seed is needed');
  };

  it('leave to the bundle what is unset or out of range', () => {
    expect(readSampling(() => null, none)).toEqual({});
    const values: Record<string, unknown> = { maxTokens: 0, temperature: 0, topK: 4, topP: 2, seed: 'x' };
    expect(readSampling(key => values[key], none)).toEqual({ temperature: 0, topK: 4 });
  });

  it('draw a seed where answers are sampled, unless one is fixed', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10, noNaN: true }), fc.nat(), (temperature, seed) => {
        const read = (fixed: number | null) => (key: string) =>
          key === 'temperature' ? temperature : key === 'seed' ? fixed : null;
        expect(readSampling(read(null), () => seed)).toEqual({ temperature, seed });
        expect(readSampling(read(seed), none)).toEqual({ temperature, seed });
      }),
    );
  });
});
