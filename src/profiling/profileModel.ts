import type { MeasuredModel, MeasureOptions, Sensors } from '../engine/measuredModel';
import { readPictureFile } from '../engine/picture/file';
import { StudioError } from '../protocol/failure';
import type { ProfileEvent, ProfileSettings } from '../protocol/profile';
import type { OperatorPass, RunPhase, RunRecord } from '../protocol/runRecord';
import { measureOperators } from './operatorPass';
import { paddedQuestion } from './paddedQuestion';
import type { ProfileSubject } from './profileSubject';
import { Recorder } from './recorder';
import { completeRecord, type Ending } from './runDraft';

/**
 * Measures the way of a prompt: loading, cold and warm; prompts at several context lengths, in turns, so that a machine
 * that slows down slows all of them; a part without pauses; operators. What was measured before a stop or a failure
 * is kept.
 * @returns the record; its `status` says whether it is whole
 * @throws {StudioError} when nothing was measured: what is wrong with the picture or the model, or `cancelled`
 */
export async function profileModel(
  subject: ProfileSubject,
  settings: ProfileSettings,
  onEvent: (event: ProfileEvent) => void,
  signal: AbortSignal,
): Promise<RunRecord> {
  const date = new Date();
  // Before the model is loaded: loading may take a minute, and a wrong path need not wait for it.
  const { name, sha256 } = await readPictureFile(settings.imagePath);
  const identity = await subject.target.identify();
  const sensors = subject.target.sensors();
  const recorder = new Recorder(sensors, onEvent);
  // First, so that a chart that is drawn meanwhile can say why it lacks something.
  for (const [what, reason] of Object.entries(sensors.missing)) recorder.notice(what, reason);
  const known = { date, picture: { name, sha256 }, identity };
  const profile = new Profile(subject, settings, recorder, sensors, signal, model => {
    const facts = { ...known, model, operatorPass: null, peakRssBytes: null };
    const ending: Ending = { status: 'failed', reason: 'The run has not come to its end.' };
    recorder.begun(completeRecord(subject, settings, recorder, facts, ending));
  });
  let ending: Ending = { status: 'complete', reason: null };
  try {
    await profile.run();
  } catch (error) {
    if (!recorder.hasFigures) throw error;
    ending = endingOf(error);
  } finally {
    await profile.close();
  }
  const { model, operatorPass } = profile;
  const peakRssBytes = profile.peakRssBytes ?? sensors.peakRssBytes();
  if (model === undefined) throw new Error('a profile ended well without a model');
  const facts = { ...known, model, operatorPass, peakRssBytes };
  return completeRecord(subject, settings, recorder, facts, ending);
}

/** A prompt length: null is the prompt as it is. */
interface Context {
  readonly length: number | null;
  readonly question: string;
}

class Profile {
  model: MeasuredModel | undefined;
  operatorPass: OperatorPass | null = null;
  peakRssBytes: number | null = null;
  private open = false;
  private prompts = 0;

  constructor(
    private readonly subject: ProfileSubject,
    private readonly settings: ProfileSettings,
    private readonly recorder: Recorder,
    private readonly sensors: Sensors,
    private readonly signal: AbortSignal,
    private readonly onLoaded: (model: MeasuredModel) => void,
  ) {}

  async run(): Promise<void> {
    await this.load('cold');
    await this.close();
    const model = await this.load('warm');
    this.onLoaded(model);
    const contexts = this.contexts(model);
    const { warmUps, repetitions } = this.settings;
    const of = 1 + (warmUps + repetitions) * contexts.length;
    await this.prompt(model, 'cold', contexts[0], of);
    for (let round = 0; round < warmUps + repetitions; round++)
      for (const context of contexts)
        await this.prompt(model, round < warmUps ? 'warm-up' : 'measured', context, of);
    await this.sustain(model, contexts[0]);
    // Timing operators takes memory of its own.
    this.peakRssBytes = this.sensors.peakRssBytes();
    await this.close();
    if (this.settings.operators) await this.operators();
  }

  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.model?.close();
  }

  private async load(kind: 'cold' | 'warm'): Promise<MeasuredModel> {
    this.recorder.doing(kind === 'cold' ? 'Loading the model' : 'Loading the model once more');
    let derived = false;
    const started = performance.now();
    const model = await this.openModel({ onDerive: () => (derived = true) });
    this.model = model;
    this.open = true;
    this.recorder.load({ kind, ms: performance.now() - started, derived }, model);
    return model;
  }

  private openModel(more: Partial<MeasureOptions>): Promise<MeasuredModel> {
    const { target, bundleDir, precision, cacheDir, threads } = this.subject;
    const onProgress = (message: string) => this.recorder.doing(message);
    const options = { precision, cacheDir, threads, onProgress, signal: this.signal, ...more };
    return target.openMeasured(bundleDir, options);
  }

  /** The prompt as it is, and those of the lengths asked for that can be. */
  private contexts(model: MeasuredModel): [Context, ...Context[]] {
    const { question, tokens } = this.settings;
    const bare: Context = { length: null, question };
    const lengths = [...new Set(this.settings.contexts)].sort((a, b) => a - b);
    const padded = lengths.flatMap((length): Context[] => {
      const found = paddedQuestion(model, question, length, tokens);
      if (found.possible) return [{ length, question: found.question }];
      this.recorder.notice(`context ${length}`, `A context of ${length} was left out: ${found.reason}.`);
      return [];
    });
    return [bare, ...padded];
  }

  private async prompt(
    model: MeasuredModel,
    phase: RunPhase,
    { length, question }: Context,
    of: number | null,
  ): Promise<void> {
    const { recorder, signal } = this;
    const { imagePath, tokens } = this.settings;
    if (signal.aborted) throw new StudioError('cancelled', 'The profile was stopped.');
    recorder.begin(phase, length, { index: ++this.prompts, of });
    try {
      const input = { imagePath, question };
      recorder.end(await model.measure(input, tokens, event => recorder.onPromptEvent(event), signal));
    } finally {
      // Does nothing where the prompt came to its end.
      recorder.end(undefined);
    }
  }

  /** Prompts without a pause until the time is over; the one that runs then is finished. */
  private async sustain(model: MeasuredModel, context: Context): Promise<void> {
    const until = performance.now() + this.settings.sustainSeconds * 1000;
    while (performance.now() < until) await this.prompt(model, 'sustained', context, null);
  }

  private async operators(): Promise<void> {
    const { imagePath, question, tokens } = this.settings;
    const openTimed = (profileDir: string) => this.openModel({ profileDir });
    try {
      this.operatorPass = await measureOperators(
        openTimed,
        { imagePath, question },
        tokens,
        (index, of) => this.recorder.doing(`Timing every operator: prompt ${index} of ${of}`),
        this.signal,
      );
    } catch (error) {
      // Everything else is measured by now, and a run is worth keeping without its operators.
      if (!(error instanceof StudioError) || error.kind !== 'run-invalid') throw error;
      this.recorder.notice('operatorPass', error.message);
      return;
    }
    this.recorder.operators(this.operatorPass);
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof StudioError && error.kind === 'cancelled')
    return { status: 'cancelled', reason: 'The profile was stopped; what was measured until then is kept.' };
  if (error instanceof StudioError) return { status: 'failed', reason: error.message };
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const reason = `The model failed while it ran (${line.slice(0, 300)}); what was measured until then is kept.`;
  return { status: 'failed', reason };
}
