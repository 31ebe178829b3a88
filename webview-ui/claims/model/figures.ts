import type { ClaimsReport, PictureRow } from '../../../src/protocol/claims';
import { published } from '../../../src/protocol/claimsPublished';
import { bytesWords, countWords, middle, msWords, rateWords, ratioWords } from './words';

/** One quantity of both models. */
export interface FigureRow {
  readonly label: string;
  readonly models: readonly [string, string];
  /** How many times as good the model is as the baseline; '' where that means nothing. */
  readonly ratio: string;
  /** What the paper has for it, on its device; '' where it has nothing. */
  readonly paper: string;
}

/** Rows that belong together. */
export interface FigureGroup {
  readonly title: string;
  readonly rows: readonly FigureRow[];
}

/** Every figure of a comparison in words. */
export function figureGroups(report: ClaimsReport): FigureGroup[] {
  const groups = [
    ...report.pictures.map(row => ({ title: `Picture of ${row.imageSize} px`, rows: pictureRows(row) })),
    { title: 'Decode', rows: decodeRows(report) },
    { title: 'Counted', rows: countedRows(report) },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

function pictureRows({ imageSize, models: [a, b] }: PictureRow): FigureRow[] {
  const paper = published.encoderMs.find(row => row.imageSize === imageSize)?.models;
  const timed = (
    label: string,
    part: 'encodeMs' | 'projectMs' | 'prefillMs' | 'firstTokenMs',
  ): FigureRow => ({
    label,
    models: [msWords(a[part]), msWords(b[part])],
    ratio: ratioWords(middle(b[part]), middle(a[part])),
    paper: '',
  });
  const macs = (value: number | null) => (value === null ? 'unknown' : `${(value / 1e9).toFixed(1)} GMAC`);
  return [
    { ...timed('Encoder', 'encodeMs'), paper: paper ? encoderPaper(paper) : '' },
    {
      label: 'Encoder, multiply-accumulates',
      models: [macs(a.encoderMacs), macs(b.encoderMacs)],
      ratio: ratioWords(b.encoderMacs, a.encoderMacs),
      paper: '',
    },
    timed('Connector', 'projectMs'),
    timed(`Prefill (${a.imageTokens} and ${b.imageTokens} picture tokens)`, 'prefillMs'),
    timed('First token', 'firstTokenMs'),
  ];
}

function encoderPaper([ours, baseline]: readonly [number, number | null]): string {
  return baseline === null
    ? `${ours} ms against out of memory`
    : `${ours} against ${baseline} ms (${ratioWords(baseline, ours)})`;
}

function decodeRows({ decode }: ClaimsReport): FigureRow[] {
  const [ours, baseline] = published.decodeTokensPerSecond;
  return decode.map(({ context, models: [a, b] }, index) => ({
    label: `Behind ${countWords(context)} tokens`,
    models: [rateWords(a), rateWords(b)],
    ratio: ratioWords(middle(a), middle(b)),
    paper: index === 0 ? `${ours} against ${baseline} tok/s (${ratioWords(ours, baseline)})` : '',
  }));
}

function countedRows({ contenders: [a, b], memoryBudgetBytes }: ClaimsReport): FigureRow[] {
  const [ours, baseline] = published.longestContext;
  const row = (label: string, words: (model: typeof a) => string, ratio = '', paper = ''): FigureRow => ({
    label,
    models: [words(a), words(b)],
    ratio,
    paper,
  });
  return [
    row('Parameters', ({ parameters }) => countWords(parameters), ratioWords(b.parameters, a.parameters)),
    row('Weights', ({ weightBytes }) => bytesWords(weightBytes), ratioWords(b.weightBytes, a.weightBytes)),
    row(
      'Keys and values of a token',
      ({ cacheBytesPerToken }) => bytesWords(cacheBytesPerToken),
      ratioWords(b.cacheBytesPerToken, a.cacheBytesPerToken),
    ),
    row('States of short convolutions', ({ stateBytes }) => bytesWords(stateBytes)),
    row('Context that the config allows', ({ contextLength }) => `${countWords(contextLength)} tokens`),
    row(
      `Longest context within ${bytesWords(memoryBudgetBytes)}, computed`,
      ({ longestContext }) => `${countWords(longestContext)} tokens`,
      ratioWords(a.longestContext, b.longestContext),
      `${countWords(ours)} against ${countWords(baseline)} tokens (${ratioWords(ours, baseline)})`,
    ),
  ];
}
