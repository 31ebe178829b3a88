/**
 * What models of full size cost at the command line, each command in a process of its own: to look into a graph with
 * 10.7 GB of weights beside it (a sparse file; they are never read), and to build a preset with random weights.
 * `npm run full-size -- autoneural-1.5b --n 5`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeModel } from '../src/onnx/encode';
import { planExternalData } from '../src/onnx/externalData';
import { GraphBuilder } from '../src/onnx/graphBuilder';
import { describeSummary, machine, numberArgument, summarize } from './summary';

const width = 4096;
const layers = 160;
/** Printed by the process itself when it ends: kilobytes, microseconds. */
const reporter =
  'data:text/javascript,process.on("exit",()=>{const r=process.resourceUsage();process._rawDebug(JSON.stringify([r.maxRSS,r.userCPUTime+r.systemCPUTime]))})';

const preset = process.argv[2]?.startsWith('--') === false ? process.argv[2] : 'autoneural-1.5b';
const n = numberArgument('--n', 5);
const root = path.join(import.meta.dirname, '..', '..');

function writeBigModel(folder: string): string {
  const builder = new GraphBuilder('big', { '': 17 });
  let value = builder.input('x', 'float32', [1, width]);
  const bytes = 4 * width * width;
  for (let layer = 0; layer < layers; layer++) {
    const load = (): Uint8Array => {
      throw new Error('the weights are never read');
    };
    const weight = builder.initializer({
      name: `layer${layer}.weight`,
      type: 'float32',
      dims: [width, width],
      data: { byteLength: bytes, load },
    });
    value = builder.op('MatMul', `layer${layer}`, [value, weight]);
  }
  builder.output('y', value, 'float32', [1, width]);
  const graph = builder.build();
  const layout = planExternalData(graph, 'weights.bin');
  const file = path.join(folder, 'big.onnx');
  writeFileSync(file, Buffer.concat([...encodeModel(graph, layout)]));
  writeFileSync(path.join(folder, layout.location), '');
  truncateSync(path.join(folder, layout.location), layout.byteLength);
  return file;
}

interface Cost {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
}

function run(args: readonly string[]): Cost {
  const started = performance.now();
  const command = ['--import', reporter, path.join(root, 'dist', 'cli.js'), ...args];
  const ended = spawnSync(process.execPath, command, { maxBuffer: 2 ** 28 });
  const wallS = (performance.now() - started) / 1e3;
  const said = ended.stderr.toString().trim().split('\n');
  if (ended.status !== 0) throw new Error(said.join('\n'));
  const [peakKb, cpuUs] = JSON.parse(said.at(-1) ?? '') as [number, number];
  return { wallS, cpuS: cpuUs / 1e6, peakMb: peakKb / 1024 };
}

function report(what: string, costs: readonly Cost[]): void {
  for (const [kind, unit] of [
    ['wallS', 's'],
    ['cpuS', 'CPU-s'],
    ['peakMb', 'MB'],
  ] as const)
    console.log(describeSummary(what, unit, summarize(costs.map(cost => cost[kind])), 2));
}

console.log(machine());
const folder = mkdtempSync(path.join(tmpdir(), 'full-size-'));
try {
  const big = writeBigModel(folder);
  report(
    'inspect a graph with 10.7 GB beside it',
    Array.from({ length: n }, () => run(['inspect', big, '--json'])),
  );
  report(`build ${preset}`, [run(['build', preset, '--random', '1', '--out', path.join(folder, 'built')])]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
