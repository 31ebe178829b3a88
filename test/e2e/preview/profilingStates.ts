/** States of the throughput view for previews; their runs are drawn, not measured. */
import type { ProfilingViewState } from '../../../src/protocol/profilingView';
import { exampleRun } from '../../unit/webview/profiling/exampleRun';

export function viewState(change: Partial<ProfilingViewState> = {}): ProfilingViewState {
  return {
    sessionId: 's1',
    subject: {
      name: 'autoneural-nano',
      place: 'shipped with AutoNeural Studio',
      choice: { bundleDir: '/models/autoneural-nano', precision: 'fp32', target: 'local-cpu' },
      settings: {
        imagePath: '/samples/dashboard-87.png',
        question: 'What speed does the dashboard show?',
        contexts: [128, 512],
        repetitions: 5,
        warmUps: 1,
        tokens: 64,
        sustainSeconds: 0,
        operators: true,
      },
      picture: 'dashboard-87.png',
    },
    precisions: [
      { id: 'fp32', label: 'fp32' },
      { id: 'cpu-q4', label: 'cpu-q4 (int4 decoder weights, for speed)' },
    ],
    targets: [
      { id: 'local-cpu', label: 'This machine (CPU)', available: true },
      {
        id: 'local-webgpu',
        label: 'This machine (WebGPU)',
        available: false,
        reason: 'no adapter was found',
      },
    ],
    run: { state: 'done' },
    runs: [{ record: exampleRun(), place: '.autoneural/runs/run-a.json' }],
    events: [],
    stored: [
      { id: 'run-a', name: 'nano fp32', description: '300 tok/s · fp32' },
      { id: 'run-b', name: 'nano cpu-q4', description: '540 tok/s · cpu-q4' },
    ],
    verdict: null,
    errors: null,
    errorsReason: 'SQNR: the quantization of this model was not measured yet.',
    keeping: 'The run is kept in .autoneural/runs.',
    trusted: true,
    runtime: { state: 'ready' },
    ...change,
  };
}

/** Two runs over each other, the second one of another precision. */
export function overlaid(): ProfilingViewState {
  const other = exampleRun({ id: 'run-b', name: 'nano cpu-q4', rate: 540, seed: 11, heat: false });
  other.provenance.precision = 'cpu-q4';
  return viewState({
    runs: [
      { record: exampleRun(), place: '.autoneural/runs/run-a.json' },
      { record: other, place: '.autoneural/runs/run-b.json' },
    ],
  });
}
