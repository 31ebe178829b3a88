import * as v from 'valibot';
import type { ForeignFile } from './foreignFile';
import { amount, check, label, optional } from './readJson';

/** One operator of a graph, summed over calls. */
export interface OrtOperator {
  /** Name of the node; a node without one is named by its type and index. */
  readonly layer: string;
  readonly op: string | null;
  /** The provider that ran it, as measured. */
  readonly provider: string | null;
  calls: number;
  timeUs: number;
}

/** What a profile of one session holds. */
export interface OrtProfile {
  /** Reading the file, and preparing the session with its optimizations; null where the profile has no such event. */
  readonly loadUs: number | null;
  readonly initializationUs: number | null;
  /** Every `run`, in the order of time. */
  readonly runUs: readonly number[];
  /** Operators in the first run, which also fills caches, and in all the others. */
  readonly first: readonly OrtOperator[];
  readonly later: readonly OrtOperator[];
  /** Whether a node runs a graph of its own: its time contains that of the nodes inside. */
  readonly nested: boolean;
}

const eventSchema = v.object({
  cat: v.string(),
  name: label,
  ts: amount,
  dur: amount,
  args: v.optional(
    v.object({
      op_name: optional(label),
      provider: optional(label),
      node_index: optional(label),
    }),
  ),
});
type OrtEvent = v.InferOutput<typeof eventSchema>;

const kernel = '_kernel_time';
const loading = new Set(['model_loading_uri', 'model_loading_array', 'model_loading_from_saved_proto']);
const holdsGraph = new Set(['If', 'Loop', 'Scan']);

/** Whether parsed JSON is such a profile: a list of events of sessions and nodes. */
export function isOrtProfile(value: unknown): boolean {
  const [first] = Array.isArray(value) ? value : [];
  return v.is(v.object({ cat: v.picklist(['Session', 'Node', 'Kernel', 'Api']), ph: v.string() }), first);
}

/**
 * Reads a profile that ONNX Runtime writes with `enableProfiling`: a JSON list of complete trace events, times in
 * microseconds since the session began. Source: onnxruntime/core/common/profiler.cc and the files that
 * onnxruntime-node 1.30.0 writes.
 * @param value parsed JSON
 * @throws {StudioError} `run-invalid`
 */
export function readOrtProfile(file: ForeignFile, value: unknown): OrtProfile {
  const events = check(file, 'a profile of ONNX Runtime', v.array(eventSchema), value);
  const sessions = events.filter(event => event.cat === 'Session');
  const runs = sessions.filter(event => event.name === 'model_run').sort((a, b) => a.ts - b.ts);
  const firstEnd = runs[0] === undefined ? Number.POSITIVE_INFINITY : runs[0].ts + runs[0].dur;
  // Older versions also write what happens before and after a node; the kernel is the node's own time.
  const nodes = events.filter(event => event.cat === 'Node' && event.name.endsWith(kernel));
  return {
    loadUs: sessions.find(event => loading.has(event.name))?.dur ?? null,
    initializationUs: sessions.find(event => event.name === 'session_initialization')?.dur ?? null,
    runUs: runs.map(run => run.dur),
    first: sumOperators(nodes.filter(node => node.ts < firstEnd)),
    later: sumOperators(nodes.filter(node => node.ts >= firstEnd)),
    nested: nodes.some(node => holdsGraph.has(node.args?.op_name ?? '')),
  };
}

/**
 * Operators of every run by itself, in the order of the runs.
 * @param value parsed JSON
 * @throws {StudioError} `run-invalid`
 */
export function readOrtRuns(file: ForeignFile, value: unknown): OrtOperator[][] {
  const events = check(file, 'a profile of ONNX Runtime', v.array(eventSchema), value);
  const starts = events
    .filter(event => event.cat === 'Session' && event.name === 'model_run')
    .map(run => run.ts)
    .sort((a, b) => a - b);
  const ofRun: OrtEvent[][] = starts.map(() => []);
  const nodes = events.filter(event => event.cat === 'Node' && event.name.endsWith(kernel));
  let run = 0;
  for (const node of nodes.sort((a, b) => a.ts - b.ts)) {
    while ((starts[run + 1] ?? Number.POSITIVE_INFINITY) <= node.ts) run++;
    ofRun[run]?.push(node);
  }
  return ofRun.map(sumOperators);
}

/** Sums calls of the same node; the order is that of their first calls. */
function sumOperators(nodes: readonly OrtEvent[]): OrtOperator[] {
  const operators = new Map<string, OrtOperator>();
  for (const { name, dur, args } of nodes) {
    const [op, provider, index] = [args?.op_name ?? null, args?.provider ?? null, args?.node_index ?? ''];
    const layer = name.slice(0, -kernel.length) || `${op ?? 'node'} ${index}`.trim();
    // Nodes inside a subgraph count their indices anew, so the name and the type belong to the key.
    const key = JSON.stringify([index, layer, op, provider]);
    const known = operators.get(key);
    if (known === undefined) operators.set(key, { layer, op, provider, calls: 1, timeUs: dur });
    else {
      known.calls++;
      known.timeUs += dur;
    }
  }
  return [...operators.values()];
}
