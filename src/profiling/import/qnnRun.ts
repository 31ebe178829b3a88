import type { FigureUnit } from '../../protocol/runFigure';
import type { RunLoad } from '../../protocol/runRecord';
import { runCount } from './conventions';
import { coldAndWarm, type FigureDraft, figure } from './figures';
import type { RunDraft } from './importedRecord';
import { happensOnce, type QnnEvent, type QnnUnit } from './qnnEvents';
import { readQnnOperators } from './qnnOperators';

const shownUnits: Readonly<Record<QnnUnit, FigureUnit>> = {
  us: 'ms',
  cycles: 'cycles',
  count: 'count',
  bytes: 'bytes',
  '1/s': '1/s',
};

/**
 * What QNN's events tell. Each boundary stays a figure of its own: the time of the accelerator, of the call to it, and of
 * the call to QNN differ by more than a factor of two.
 */
export function draftOfQnn(events: readonly QnnEvent[], program: string | null): RunDraft {
  const { operators, samples, estimated } = readQnnOperators(events);
  const figures = [...figuresOf(events)];
  return {
    program,
    target: operators.length === 0 ? {} : { label: 'QNN' },
    loads: loadsOf(figures),
    operators,
    figures,
    notes: [...notesOf(operators.length > 0, samples, estimated)],
    reasons: {
      model: 'Events of QNN do not name the model.',
      ttftMs: 'Events of QNN are of one graph, not of a whole prompt.',
      prefillTokensPerSecond: 'Events of QNN do not say which tokens the graph reads.',
      decodeTokensPerSecond: 'Events of QNN do not say which tokens the graph writes.',
    },
  };
}

/** One figure for every identifier, its values in the order of the file. */
function* figuresOf(events: readonly QnnEvent[]): Generator<FigureDraft> {
  const groups = new Map<string, QnnEvent[]>();
  for (const event of events) {
    if (event.operator) continue;
    const key = `${event.unit} ${event.identifier}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const values = group.map(({ value }) => (first.unit === 'us' ? value / 1000 : value));
    const repeated = happensOnce(first) ? { values } : coldAndWarm(values);
    yield figure({ name: first.identifier, unit: shownUnits[first.unit], ...repeated });
  }
}

function loadsOf(figures: readonly FigureDraft[]): RunLoad[] {
  for (const [name, derived] of [
    ['QNN (load binary) time', false],
    ['QNN (finalize) time', true],
  ] as const) {
    const ms = figures.find(({ figure }) => figure.name === name)?.figure.values[0];
    if (ms !== undefined) return [{ kind: 'cold', ms, derived, rssBytes: null }];
  }
  return [];
}

function* notesOf(operators: boolean, samples: number, estimated: boolean): Generator<string> {
  if (!operators) return;
  yield samples > 1
    ? `Operators are summed over ${runCount(samples - 1)}; the first after loading is not counted.`
    : 'The file holds one run, the first after loading, which is slower than later ones.';
  yield 'Operators run side by side on several units, so their cycles add up to more than the run has.';
  if (estimated) yield 'Times of operators are estimated: their cycles at the mean clock of the run.';
}
