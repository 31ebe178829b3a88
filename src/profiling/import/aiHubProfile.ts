import * as v from 'valibot';
import type { RunLoad, RunOperator } from '../../protocol/runRecord';
import { type FigureDraft, figure } from './figures';
import type { JsonFormat } from './format';
import type { RunDraft } from './importedRecord';
import { amount, check, label, optional } from './readJson';

const range = optional(v.pipe(v.array(amount), v.length(2)));
const times = optional(v.pipe(v.array(amount), v.maxLength(100_000)));

const summarySchema = v.object({
  estimated_inference_time: optional(amount),
  estimated_inference_peak_memory: optional(amount),
  first_load_time: optional(amount),
  first_load_peak_memory: optional(amount),
  warm_load_time: optional(amount),
  warm_load_peak_memory: optional(amount),
  compile_time: optional(amount),
  compile_peak_memory: optional(amount),
  inference_memory_peak_range: range,
  first_load_memory_peak_range: range,
  warm_load_memory_peak_range: range,
  compile_memory_peak_range: range,
  inference_memory_increase_range: range,
  all_compile_times: times,
  all_first_load_times: times,
  all_warm_load_times: times,
  all_inference_times: times,
});
type Summary = v.InferOutput<typeof summarySchema>;

const layerSchema = v.object({
  name: label,
  type: optional(label),
  compute_unit: optional(label),
  execution_time: optional(amount),
  execution_cycles: optional(amount),
});

const fileSchema = v.object({
  execution_summary: summarySchema,
  execution_detail: v.nullish(v.array(layerSchema), []),
});

/**
 * What `ProfileJob.download_profile` of Qualcomm AI Hub returns, saved as JSON: times in microseconds, memory in bytes,
 * the unit that ran each layer. Source: _profile_pb_to_python_dict in the Python client `qai_hub` (client.py).
 */
export const aiHubFormat: JsonFormat = {
  id: 'ai-hub',
  label: 'a profile of Qualcomm AI Hub',
  recognises: value => v.is(v.object({ execution_summary: v.looseObject({}) }), value),
  read: (file, value) => {
    const { execution_summary: summary, execution_detail: layers } = check(
      file,
      'a profile of Qualcomm AI Hub',
      fileSchema,
      value,
    );
    return [draftOf(summary, layers)];
  },
};

function draftOf(summary: Summary, layers: readonly v.InferOutput<typeof layerSchema>[]): RunDraft {
  const units = [...new Set(layers.map(layer => layer.compute_unit ?? 'not told'))].sort();
  return {
    program: 'Qualcomm AI Hub',
    target: { label: units.length === 0 ? null : `placed on ${units.join(', ')}` },
    settings: { repetitions: summary.all_inference_times?.length ?? null },
    loads: [...loadsOf(summary)],
    operators: layers.map(operatorOf),
    figures: [...figuresOf(summary)],
    notes: ['The times are of one call of one graph on a hosted device, not of a whole prompt.'],
    reasons: {
      model: 'A saved profile of AI Hub does not name the model; the page of its job does.',
      device: 'A saved profile of AI Hub does not name the device; the page of its job does.',
      ttftMs: 'A profile of AI Hub is of one graph, not of a whole prompt.',
      peakRssBytes: 'AI Hub estimates the peak of memory; the estimate is among the figures.',
    },
  };
}

function* loadsOf(summary: Summary): Generator<RunLoad> {
  const { first_load_time: first, warm_load_time: warm } = summary;
  if (first !== null) yield { kind: 'cold', ms: first / 1000, derived: false, rssBytes: null };
  if (warm !== null) yield { kind: 'warm', ms: warm / 1000, derived: false, rssBytes: null };
}

function operatorOf(layer: v.InferOutput<typeof layerSchema>): RunOperator {
  return {
    stage: null,
    layer: layer.name,
    op: layer.type,
    calls: null,
    timeUs: layer.execution_time,
    cycles: layer.execution_cycles,
    estimated: false,
    provider: layer.compute_unit,
  };
}

const single = ['estimated_inference_time', 'compile_time'] as const;
const lists = [
  'all_inference_times',
  'all_first_load_times',
  'all_warm_load_times',
  'all_compile_times',
] as const;
const memory = [
  'estimated_inference_peak_memory',
  'first_load_peak_memory',
  'warm_load_peak_memory',
  'compile_peak_memory',
] as const;
const ranges = [
  'inference_memory_peak_range',
  'inference_memory_increase_range',
  'first_load_memory_peak_range',
  'warm_load_memory_peak_range',
  'compile_memory_peak_range',
] as const;

function* figuresOf(summary: Summary): Generator<FigureDraft> {
  for (const name of lists) {
    const values = (summary[name] ?? []).map(us => us / 1000);
    if (values.length > 0) yield figure({ name, unit: 'ms', values });
  }
  for (const name of single) {
    const us = summary[name];
    if (us !== null) yield figure({ name, unit: 'ms', values: [us / 1000] });
  }
  for (const name of memory) {
    const bytes = summary[name];
    if (bytes !== null) yield figure({ name, unit: 'bytes', values: [bytes] });
  }
  for (const name of ranges) {
    const [min, max] = summary[name] ?? [];
    if (min !== undefined && max !== undefined) yield figure({ name, unit: 'bytes', stated: { min, max } });
  }
}
