import * as v from 'valibot';
import type { FigureUnit } from '../../protocol/runFigure';
import type { RunOperator } from '../../protocol/runRecord';
import { usPerCycle } from './conventions';
import { type FigureDraft, figure } from './figures';
import type { ForeignFile } from './foreignFile';
import type { JsonFormat } from './format';
import type { RunDraft } from './importedRecord';
import { amount, check, label, optional } from './readJson';

/** Some versions write numbers as text. */
const number = optional(
  v.union([amount, v.pipe(v.string(), v.regex(/^\d{1,15}(\.\d{1,9})?$/), v.transform(Number), amount)]),
);

const overallSchema = v.object({
  time_us: number,
  graph_execute_us: number,
  inf_per_s: number,
  timeline_cycles: number,
  percent_utilization: number,
  total_dram: number,
  total_dram_read: number,
  total_dram_write: number,
  total_vtcm_read: number,
  total_vtcm_write: number,
  peak_vtcm_alloc: number,
  qnn_nodes: number,
  htp_nodes: number,
  htp_resources: optional(
    v.object({ data: v.array(v.object({ type: optional(label), cycles_used: number })) }),
  ),
});
type Overall = v.InferOutput<typeof overallSchema>;

const operatorSchema = v.object({ qnn_op: label, qnn_op_type: optional(label), cycles: number });

const fileSchema = v.object({
  model_id: optional(label),
  data: v.object({
    htp_overall_summary: v.object({ data: v.pipe(v.array(overallSchema), v.minLength(1)) }),
    qnn_op_instances_nodes: optional(v.object({ data: v.array(operatorSchema) })),
  }),
});

/**
 * The summary that QAIRT computes from an optrace, `*_qnn_htp_analysis_summary.json` (QHAS). Sources: ExecuTorch's
 * tutorial on Qualcomm's profiler, winml-cli's reader and public notes on files of QAIRT 2.47.
 */
export const htpSummaryFormat: JsonFormat = {
  id: 'htp-summary',
  label: 'an analysis summary of the HTP',
  recognises: value =>
    v.is(
      v.object({ data: v.object({ htp_overall_summary: v.object({ data: v.array(v.unknown()) }) }) }),
      value,
    ),
  read: (file, value) => [read(file, value)],
};

const shown: readonly [keyof Omit<Overall, 'htp_resources'>, FigureUnit][] = [
  ['inf_per_s', '1/s'],
  ['timeline_cycles', 'cycles'],
  ['percent_utilization', 'percent'],
  ['total_dram', 'bytes'],
  ['total_dram_read', 'bytes'],
  ['total_dram_write', 'bytes'],
  ['total_vtcm_read', 'bytes'],
  ['total_vtcm_write', 'bytes'],
  ['peak_vtcm_alloc', 'bytes'],
  ['qnn_nodes', 'count'],
  ['htp_nodes', 'count'],
];

function read(file: ForeignFile, value: unknown): RunDraft {
  const { model_id: model, data } = check(file, htpSummaryFormat.label, fileSchema, value);
  const [overall] = data.htp_overall_summary.data;
  if (overall === undefined) throw file.invalid('has an empty summary');
  const clock = usPerCycle(overall.time_us, overall.timeline_cycles);
  return {
    program: 'qnn-profile-viewer',
    model: { name: model },
    target: { label: 'QNN HTP' },
    operators: (data.qnn_op_instances_nodes?.data ?? []).map(one => operatorOf(one, clock)),
    figures: [...figuresOf(overall)],
    notes: [
      'Operators run side by side on several units, so their cycles add up to more than the timeline has.',
      ...(clock === null
        ? []
        : ['Times of operators are estimated: their cycles at the mean clock of the timeline.']),
    ],
  };
}

function operatorOf(
  { qnn_op: layer, qnn_op_type: op, cycles }: v.InferOutput<typeof operatorSchema>,
  clock: number | null,
): RunOperator {
  const timeUs = cycles === null || clock === null ? null : cycles * clock;
  return {
    stage: null,
    layer,
    op,
    calls: 1,
    timeUs,
    cycles,
    estimated: timeUs !== null,
    provider: 'QNN HTP',
  };
}

function* figuresOf(overall: Overall): Generator<FigureDraft> {
  for (const name of ['time_us', 'graph_execute_us'] as const) {
    const us = overall[name];
    if (us !== null) yield figure({ name: name.replace(/_us$/, ''), unit: 'ms', values: [us / 1000] });
  }
  for (const [name, unit] of shown) {
    const value = overall[name];
    if (value !== null) yield figure({ name, unit, values: [value] });
  }
  for (const { type, cycles_used: cycles } of overall.htp_resources?.data ?? []) {
    if (cycles !== null)
      yield figure({ name: `busy: ${type ?? 'unnamed unit'}`, unit: 'cycles', values: [cycles] });
  }
}
