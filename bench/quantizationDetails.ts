/**
 * How long the details of each layer of a model take, as the panel asks for them after an inspection.
 * `npm run quantization-details -- --every 5`: every fifth layer of Nano, in W8A8, then the slowest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { UnitDetailParams } from '../src/protocol/quantization';
import { unitDetail } from '../src/quantization/detail';
import { inspectModel } from '../src/quantization/inspect';
import { describeSummary, machine, numberArgument, summarize } from './summary';

const every = numberArgument('--every', 1);
const threads = numberArgument('--threads', 1);
const scheme = 'w8a8';
const modelPath = path.join(import.meta.dirname, '..', '..', 'models', 'autoneural-nano');
const inspection: UnitDetailParams['inspection'] = {
  modelPath,
  settings: {
    schemes: [scheme],
    weights: { granularity: 'channel', symmetric: true },
    calibrationMethod: 'minmax',
    htp: 'none',
  },
};
const { signal } = new AbortController();
const options = { cacheDir: mkdtempSync(path.join(tmpdir(), 'quantization-details-')), threads };
try {
  const report = await inspectModel(inspection, () => {}, signal, options);
  const layers = report.graphs.flatMap(({ name, layers }) =>
    layers.map(({ layer, op }) => ({ graph: name, layer, op })),
  );
  const taken: { what: string; cpuMs: number; wallMs: number }[] = [];
  for (const { graph, layer, op } of layers.filter((_, index) => index % every === 0)) {
    const cpu = process.cpuUsage();
    const wall = performance.now();
    await unitDetail({ inspection, graph, layer, scheme }, signal, options);
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = (user + system) / 1e3;
    taken.push({ what: `${graph} ${layer} (${op})`, cpuMs, wallMs: performance.now() - wall });
  }
  console.log(
    `Details of ${taken.length} of ${layers.length} layers of Nano, ${threads} thread(s); ${machine()}`,
  );
  const summaryOf = (kind: 'cpuMs' | 'wallMs') => summarize(taken.map(entry => entry[kind]));
  console.log(describeSummary('wall time', 'ms', summaryOf('wallMs'), 0));
  console.log(describeSummary('processor time', 'ms', summaryOf('cpuMs'), 0));
  for (const { what, cpuMs, wallMs } of taken.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, 5))
    console.log(
      `${what.padEnd(60)} ${cpuMs.toFixed(0).padStart(6)} CPU-ms ${wallMs.toFixed(0).padStart(6)} ms`,
    );
} finally {
  rmSync(options.cacheDir, { recursive: true, force: true });
}
