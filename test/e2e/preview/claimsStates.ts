/** States of the comparison with the paper for previews; their figures are made up. */
import { defaultClaimsSettings } from '../../../src/protocol/claimsRun';
import type { ClaimsViewState } from '../../../src/protocol/claimsView';
import { exampleReport } from '../../unit/webview/claims/exampleReport';

export function claimsState(change: Partial<ClaimsViewState> = {}): ClaimsViewState {
  return {
    sessionId: 's1',
    choices: [
      { id: 'preset:autoneural-0.65b', label: 'autoneural-0.65b (preset)' },
      { id: 'preset:vit-0.65b', label: 'vit-0.65b (preset)' },
      { id: '/models/autoneural-nano', label: 'autoneural-nano (shipped)' },
    ],
    form: { models: ['preset:autoneural-0.65b', 'preset:vit-0.65b'], settings: defaultClaimsSettings },
    cost: {
      ok: true,
      cost: {
        diskBytes: 8.1e9,
        memoryBytes: 5.6e9,
        minutes: 11.2,
        threads: 1,
        contextLengths: [4096, 4096],
        freeDiskBytes: 40e9,
        freeMemoryBytes: 16e9,
        memoryLimitBytes: 8 * 2 ** 30,
      },
    },
    run: { state: 'done' },
    progress: { doing: 'Starting…', done: 0, of: null },
    report: exampleReport(),
    place: '.autoneural/runs/2026-11-21T16-20-05-ours-against-baseline.json',
    keeping: 'The run is kept in .autoneural/runs.',
    trusted: true,
    runtime: { state: 'ready' },
    ...change,
  };
}
