import { cpus, release, totalmem, type } from 'node:os';
import { loadOrt } from '../../engine/onnxRuntime';
import { type ClaimsReport, claimsVersion, type DecodeRow, type PictureRow } from '../../protocol/claims';
import type { RandomModel } from './contender';
import { judge } from './verdicts';

interface DraftOptions {
  readonly imageSizes: readonly number[];
  readonly memoryBudgetBytes: number;
  readonly precision: string;
  readonly repeats: number;
  readonly threads: number;
  readonly textTokens: number;
}

type Head = Omit<ClaimsReport, 'pictures' | 'decode' | 'claims' | 'status' | 'statusReason' | 'notes'>;

/** A report that fills: a row is put again with each new value. */
export class ReportDraft {
  private readonly pictures = new Map<number, PictureRow>();
  private readonly decode = new Map<number, DecodeRow>();

  private constructor(private readonly head: Head) {}

  /**
   * Counts what can be counted before anything runs.
   * @throws {StudioError} `bundle-invalid` when a model cannot be built at the first size
   */
  static async begin(
    models: readonly [RandomModel, RandomModel],
    options: DraftOptions,
  ): Promise<ReportDraft> {
    const { imageSizes, memoryBudgetBytes, precision, threads, repeats, textTokens } = options;
    const [firstSize = 0] = imageSizes;
    const [processor] = cpus();
    return new ReportDraft({
      format: 'autoneural-claims',
      version: claimsVersion,
      date: new Date().toISOString(),
      machine: {
        processor: processor?.model.trim() ?? 'unknown',
        cores: cpus().length,
        os: `${type()} ${release()}`,
        memoryBytes: totalmem(),
      },
      precision,
      threads,
      repeats,
      textTokens,
      memoryBudgetBytes,
      versions: {
        'onnxruntime-node': (await loadOrt()).env.versions.node ?? 'unknown',
        node: process.versions.node,
      },
      contenders: [
        models[0].facts(firstSize, memoryBudgetBytes),
        models[1].facts(firstSize, memoryBudgetBytes),
      ],
    });
  }

  /** Whether there is anything that was not only counted. */
  get measured(): boolean {
    return this.pictures.size + this.decode.size > 0;
  }

  putPicture(row: PictureRow): void {
    this.pictures.set(row.imageSize, row);
  }

  putDecode(row: DecodeRow): void {
    this.decode.set(row.context, row);
  }

  /** @param reason why it is partial; null when it is whole */
  report(reason: string | null = null): ClaimsReport {
    const unjudged: Omit<ClaimsReport, 'claims'> = {
      ...this.head,
      status: reason === null ? 'complete' : 'partial',
      statusReason: reason,
      pictures: [...this.pictures.values()],
      decode: [...this.decode.values()],
      notes: [
        'Weights are random: they may be timed and counted, and say nothing of answers.',
        'Both models ran in turns in one process; the longest contexts are computed from sizes, not tried.',
        ...(reason === null ? [] : [`Partial: ${reason}`]),
      ],
    };
    return { ...unjudged, claims: judge(unjudged) };
  }
}
