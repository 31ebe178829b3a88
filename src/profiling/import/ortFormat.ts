import { runCount } from './conventions';
import { coldAndWarm, figure } from './figures';
import type { JsonFormat } from './format';
import type { RunDraft } from './importedRecord';
import { isOrtProfile, type OrtProfile, readOrtProfile } from './ortProfile';

/** Profiles of ONNX Runtime; the format is told at {@link readOrtProfile}. */
export const ortFormat: JsonFormat = {
  id: 'ort-profile',
  label: 'a profile of ONNX Runtime',
  recognises: isOrtProfile,
  read: (file, value) => [draftOf(readOrtProfile(file, value))],
};

function draftOf(profile: OrtProfile): RunDraft {
  const operators = profile.later.length > 0 ? profile.later : profile.first;
  const providers = [...new Set(operators.map(({ provider }) => provider ?? 'not told'))].sort();
  const { loadUs, initializationUs } = profile;
  const opened = loadUs !== null && initializationUs !== null;
  const runMs = profile.runUs.map(us => us / 1000);
  return {
    program: 'ONNX Runtime',
    target: { label: providers.length === 0 ? null : `placed on ${providers.join(', ')}` },
    loads: opened
      ? [{ kind: 'cold', ms: (loadUs + initializationUs) / 1000, derived: false, rssBytes: null }]
      : [],
    operators: operators.map(({ layer, op, provider, calls, timeUs }) => ({
      stage: null,
      layer,
      op,
      calls,
      timeUs,
      cycles: null,
      estimated: false,
      provider,
    })),
    figures: [
      ...(runMs.length > 0 ? [figure({ name: 'model_run', unit: 'ms', ...coldAndWarm(runMs) })] : []),
      ...(initializationUs === null
        ? []
        : [figure({ name: 'session_initialization', unit: 'ms', values: [initializationUs / 1000] })]),
    ],
    notes: [...notesOf(profile)],
    reasons: { model: 'A profile of ONNX Runtime does not name its model.' },
  };
}

function* notesOf({ runUs, later, nested, first }: OrtProfile): Generator<string> {
  yield 'Times were taken with profiling on, which slows every run.';
  if (later.length > 0)
    yield `Operators are summed over ${runCount(runUs.length - 1)}; the first after loading is not counted.`;
  else if (runUs.length === 1)
    yield 'The profile holds one run, the first after loading, which is slower than later ones.';
  else if (first.length > 0)
    yield 'The profile does not tell runs apart, so the first after loading is among the sums.';
  if (nested) yield 'The time of If, Loop and Scan contains that of the nodes inside them.';
  if ([...first, ...later].some(({ provider }) => provider === 'QNNExecutionProvider'))
    yield 'A node on QNNExecutionProvider stands for a whole subgraph; its operators are in the CSV profile of QNN.';
}
