import type { Claim, ClaimsReport, Measured, Verdict } from '../../protocol/claims';
import { published } from '../../protocol/claimsPublished';

/** A ratio below this is no difference that a person would notice. */
const noticeable = 1.2;
/** What a ratio may fall short of a published one and still confirm it. */
const tolerance = 0.95;

/** The paper's three claims about speed and room, with what this machine says of them. */
export function judge(report: Omit<ClaimsReport, 'claims'>): Claim[] {
  return [encoderClaim(report), decodeClaim(report), contextClaim(report)];
}

function encoderClaim({ pictures, contenders }: Omit<ClaimsReport, 'claims'>): Claim {
  const rows = pictures.map(({ imageSize, models }) => {
    const [ours, baseline] = [models[0].encodeMs, models[1].encodeMs];
    const paper = published.encoderMs.find(row => row.imageSize === imageSize);
    const paperRatio = paper?.models[1] == null ? null : paper.models[1] / paper.models[0];
    return { imageSize, ours, baseline, ratio: ratioOf(baseline, ours), paperRatio };
  });
  const here = rows.map(
    ({ imageSize, ours, baseline, ratio }) =>
      `${imageSize} px: ${inMs(ours)} against ${inMs(baseline)}${ratio === null ? '' : ` (${times(ratio)})`}`,
  );
  const compared = rows.filter(({ ratio }) => ratio !== null);
  const verdict = encoderVerdict(compared);
  const macs = pictures.at(-1)?.models.map(({ encoderMacs }) => encoderMacs);
  const arithmetic =
    macs?.[0] && macs[1]
      ? `, with ${times(macs[1] / macs[0])} fewer multiply-accumulates at the largest size`
      : '';
  const widest = Math.max(...compared.map(({ ratio }) => ratio ?? 0));
  return {
    claim: 'Vision encoder up to 14 times as fast as a ViT',
    published: published.encoderMs
      .map(
        ({ imageSize, models: [ours, baseline] }) =>
          `${imageSize} px: ${ours} ms against ${baseline === null ? 'out of memory' : `${baseline} ms (${times(baseline / ours)})`}`,
      )
      .join('; '),
    here: here.join('; '),
    verdict,
    why: why(verdict, {
      holds: `${contenders[0].name} is faster by at least what the paper reports at every size of its that was measured.`,
      'holds partly': `${contenders[0].name} is faster, by at most ${times(widest)}${arithmetic}; the paper's factor is that of an NPU, which did not run here.`,
      'does not hold here': `${contenders[0].name} is not faster on this machine${arithmetic}; the paper's factor is that of an NPU, which did not run here.`,
      'not measured': 'No size was measured in both models.',
    }),
  };
}

function decodeClaim({ decode, contenders }: Omit<ClaimsReport, 'claims'>): Claim {
  const rows = decode.map(({ context, models: [ours, baseline] }) => ({
    context,
    ours,
    baseline,
    ratio: ratioOf(ours, baseline),
  }));
  const [paperOurs, paperBaseline] = published.decodeTokensPerSecond;
  const compared = rows.filter(({ ratio }) => ratio !== null);
  const verdict = verdictOf(compared.map(({ ratio }) => [ratio ?? 0, paperOurs / paperBaseline]));
  const longest = compared.at(-1);
  return {
    claim: 'Decodes 3 times as fast as a transformer',
    published: `${paperOurs} against ${paperBaseline} tok/s (${times(paperOurs / paperBaseline)})`,
    here: rows
      .map(
        ({ context, ours, baseline, ratio }) =>
          `context ${context}: ${inRate(ours)} against ${inRate(baseline)}${ratio === null ? '' : ` (${times(ratio)})`}`,
      )
      .join('; '),
    verdict,
    why: why(verdict, {
      holds: `${contenders[0].name} decodes as much faster as the paper reports.`,
      'holds partly': `${contenders[0].name} is faster, by ${times(longest?.ratio ?? 0)} at a context of ${longest?.context ?? 0}: every token reads all weights, ${times(contenders[1].weightBytes / contenders[0].weightBytes)} as many bytes in ${contenders[1].name}, and the keys and values of the context.`,
      'does not hold here': `${contenders[0].name} does not decode faster on this machine.`,
      'not measured': 'No context was measured in both models.',
    }),
  };
}

function contextClaim({ contenders, memoryBudgetBytes }: Omit<ClaimsReport, 'claims'>): Claim {
  const [ours, baseline] = contenders;
  const [paperOurs, paperBaseline] = published.longestContext;
  const budget = inGigabytes(memoryBudgetBytes);
  const verdict: Verdict =
    baseline.longestContext === 0
      ? ours.longestContext === 0
        ? 'not measured'
        : 'holds'
      : verdictOf([[ours.longestContext / baseline.longestContext, paperOurs / paperBaseline]]);
  const bytes = ({ cacheBytesPerToken }: (typeof contenders)[0]): string =>
    `${(cacheBytesPerToken / 1024).toFixed(0)} KiB a token`;
  return {
    claim: 'A context 4 times as long in the same memory',
    published: `${paperOurs} against ${paperBaseline} tokens`,
    here: `within ${budget}: ${ours.longestContext} (${bytes(ours)}) against ${baseline.longestContext} tokens (${bytes(baseline)})`,
    verdict,
    why: why(verdict, {
      holds:
        baseline.longestContext === 0
          ? `The weights of ${baseline.name} alone take ${inGigabytes(baseline.weightBytes)}, so nothing is left for a context; with more room a token takes ${times(baseline.cacheBytesPerToken / ours.cacheBytesPerToken)} the bytes there.`
          : `Only ${ours.name}'s attention layers keep keys and values, so the same room holds more tokens.`,
      'holds partly': `Within ${budget} ${ours.name} reaches ${times(ours.longestContext / baseline.longestContext)} as far; its config allows ${ours.contextLength} tokens.`,
      'does not hold here': `Within ${budget} neither reaches noticeably further; the configs allow ${ours.contextLength} and ${baseline.contextLength} tokens, and a token takes ${times(baseline.cacheBytesPerToken / ours.cacheBytesPerToken)} the bytes in ${baseline.name}.`,
      'not measured': `The weights of both exceed ${budget}: give more memory.`,
    }),
  };
}

/** A size that the paper does not report can only say whether there is a difference. */
function encoderVerdict(rows: readonly { ratio: number | null; paperRatio: number | null }[]): Verdict {
  const verdict = verdictOf(rows.map(({ ratio, paperRatio }) => [ratio ?? 0, paperRatio ?? noticeable]));
  const nonePublished = rows.every(({ paperRatio }) => paperRatio === null);
  return verdict === 'holds' && nonePublished ? 'holds partly' : verdict;
}

/** @param ratios what was measured, and what confirms the paper */
function verdictOf(ratios: readonly (readonly [here: number, paper: number])[]): Verdict {
  if (ratios.length === 0) return 'not measured';
  if (ratios.every(([here, paper]) => here >= paper * tolerance)) return 'holds';
  return ratios.some(([here]) => here >= noticeable) ? 'holds partly' : 'does not hold here';
}

function why(verdict: Verdict, sentences: Readonly<Record<Verdict, string>>): string {
  return sentences[verdict];
}

function ratioOf(above: Measured, below: Measured): number | null {
  return above.measured && below.measured && below.median > 0 ? above.median / below.median : null;
}

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(1)} ×`;
}

function inMs(figure: Measured): string {
  return figure.measured ? `${figure.median.toFixed(0)} ms` : figure.reason;
}

function inRate(figure: Measured): string {
  return figure.measured ? `${figure.median.toFixed(1)} tok/s` : `none (${figure.reason})`;
}
