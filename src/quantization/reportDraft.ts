import type { GraphReport, InspectionEvent, QuantizationReport } from '../protocol/quantization';
import type { QuantizedModel } from './bundle/quantizedModel';
import type { Subject } from './bundle/subject';

type Layer = GraphReport['layers'][number];
type Draft = { readonly layers: Map<string, Layer>; readonly output: GraphReport['output'] } & {
  unmeasured: GraphReport['unmeasured'];
};

/** A report that grows with the events of its measurement, so that one that is stopped is not lost. */
export class ReportDraft {
  private readonly graphs = new Map<string, Draft>();
  /** What is measured as it is, where something is. */
  quantized: QuantizedModel | undefined;

  /** @param onEvent is told what is new */
  constructor(private readonly onEvent: (event: InspectionEvent) => void) {}

  get hasFigures(): boolean {
    return [...this.graphs.values()].some(({ output }) => output.length > 0);
  }

  take(event: InspectionEvent): void {
    if (event.type === 'units') {
      // A second pass over the same graph brings the same rows.
      if (this.graphs.has(event.graph)) return;
      const layers = new Map(event.units.map(unit => [unit.layer, { ...unit, results: [] }]));
      this.graphs.set(event.graph, { layers, output: [], unmeasured: event.unmeasured });
    } else if (event.type === 'figures') this.takeFigures(event);
    this.onEvent(event);
  }

  /** Layers that one column leaves out, with the reason. */
  addUnmeasured(graph: string, more: readonly GraphReport['unmeasured'][number][]): void {
    const draft = this.graphs.get(graph);
    if (draft !== undefined) draft.unmeasured = [...draft.unmeasured, ...more];
  }

  /** Takes over what is known only when a graph is through. */
  finish({ name, unmeasured }: GraphReport): void {
    const draft = this.graphs.get(name);
    if (draft !== undefined) draft.unmeasured = unmeasured;
  }

  report(
    { model, info, graphs: subjects, quantizedAlready }: Omit<Subject, 'close'>,
    settings: QuantizationReport['settings'],
    partial: boolean,
  ): QuantizationReport {
    const graphs = [...this.graphs].map(([name, { layers, output, unmeasured }]) => ({
      name,
      layers: [...layers.values()],
      output,
      unmeasured,
      ...notesOf(subjects.find(subject => subject.name === name)),
    }));
    const quantized = this.quantized && { name: this.quantized.name, sha256: this.quantized.sha256 };
    const calibration = { ...info, method: settings.calibrationMethod };
    const origin = {
      ...(quantized && { quantized }),
      ...(quantizedAlready === true && { quantizedAlready }),
    };
    return { model, ...origin, settings, calibration, graphs, partial };
  }

  private takeFigures(event: Extract<InspectionEvent, { type: 'figures' }>): void {
    const draft = this.graphs.get(event.graph);
    if (draft === undefined) return;
    const { scheme } = event;
    for (const [index, layer] of [...draft.layers.values()].entries()) {
      const figure = event.figures[index];
      if (figure != null) layer.results.push({ scheme, ...figure });
    }
    if (event.output !== null) draft.output.push({ scheme, ...event.output });
  }
}

function notesOf(subject: Subject['graphs'][number] | undefined): Pick<GraphReport, 'notes'> {
  const { notes = [] } = subject ?? {};
  return notes.length === 0 ? {} : { notes: [...notes] };
}
