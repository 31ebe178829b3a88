import type { RunOperator } from '../../protocol/runRecord';
import { usPerCycle } from './conventions';
import { happensOnce, type QnnEvent } from './qnnEvents';

interface Operators {
  readonly operators: RunOperator[];
  /** Runs of the graph in the file. */
  readonly samples: number;
  /** Whether times are computed from cycles. */
  readonly estimated: boolean;
}

/** One run of the graph. */
interface Sample {
  readonly operators: QnnEvent[];
  /** Microseconds and cycles of the accelerator for the whole graph. */
  us: number | null;
  cycles: number | null;
}

/**
 * Operators summed over the runs of the graph, without the first where there are more: it pays for loading.
 * Cycles become estimated times at the run's own mean clock, the only one that the file tells.
 */
export function readQnnOperators(events: readonly QnnEvent[]): Operators {
  const samples = samplesOf(events).filter(sample => sample.operators.length > 0);
  const counted = samples.length > 1 ? samples.slice(1) : samples;
  const sums = new Map<string, RunOperator>();
  for (const sample of counted) {
    const clock = usPerCycle(sample.us, sample.cycles);
    for (const event of sample.operators) add(sums, event, clock);
  }
  const operators = [...sums.values()];
  return { operators, samples: samples.length, estimated: operators.some(one => one.estimated) };
}

/** A figure of the whole graph that comes again begins the next run. */
function samplesOf(events: readonly QnnEvent[]): Sample[] {
  const samples: Sample[] = [];
  let seen = new Set<string>();
  let message = -1;
  let sample: Sample | undefined;
  for (const event of events) {
    if (!event.operator && happensOnce(event)) continue;
    const key = `${event.unit} ${event.identifier}`;
    if (sample === undefined || event.message !== message || (!event.operator && seen.has(key))) {
      sample = { operators: [], us: null, cycles: null };
      samples.push(sample);
      seen = new Set();
      message = event.message;
    }
    if (event.operator) sample.operators.push(event);
    else {
      seen.add(key);
      if (event.identifier === 'Accelerator (execute) time' && event.unit === 'us') sample.us = event.value;
      if (event.identifier === 'Accelerator (execute) time (cycles)') sample.cycles = event.value;
    }
  }
  return samples;
}

function add(sums: Map<string, RunOperator>, event: QnnEvent, clock: number | null): void {
  const inCycles = event.unit === 'cycles';
  const measuredUs = event.unit === 'us' ? event.value : null;
  const timeUs = inCycles && clock !== null ? event.value * clock : measuredUs;
  const sum = sums.get(event.identifier);
  if (sum === undefined) {
    sums.set(event.identifier, {
      stage: null,
      layer: layerOf(event.identifier),
      op: null,
      calls: 1,
      timeUs,
      cycles: inCycles ? event.value : null,
      estimated: inCycles && timeUs !== null,
      // Only the HTP counts cycles for single operators.
      provider: inCycles ? 'QNN HTP' : null,
    });
    return;
  }
  sum.calls = (sum.calls ?? 0) + 1;
  sum.timeUs = sum.timeUs === null || timeUs === null ? null : sum.timeUs + timeUs;
  sum.cycles = sum.cycles === null ? null : sum.cycles + event.value;
}

/** `conv1_token_3_7:OpId_17 (cycles)` is the node `conv1`. */
function layerOf(identifier: string): string {
  const name = identifier
    .replace(/ \(cycles\)$/, '')
    .replace(/:OpId_\d+$/, '')
    .replace(/_token_\d+_\d+$/, '');
  return name === '' ? identifier : name;
}
