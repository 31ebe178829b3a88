import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeTrace } from '../../../../src/runtime/runFiles';
import { scratchFolder } from '../../engine/pictures';
import { imported } from '../import/foreign';

const folder = scratchFolder();

it('says that a trace would be empty, not that its file could not be written', async () => {
  const [record] = imported('llama-bench.json').records;
  if (record === undefined) throw new Error('no record');
  const file = path.join(folder, 'trace.json');
  await expect(writeTrace(file, record)).rejects.toMatchObject({
    kind: 'run-invalid',
    message: expect.stringMatching(/has figures only/),
  });
  expect(existsSync(file)).toBe(false);
});
