import type { ClaimsReport, Measured } from '../protocol/claims';

/** The report as a person reads it: what ran where, the figures side by side, then the claims. */
export function claimsTable(report: ClaimsReport): string {
  const [ours, baseline] = report.contenders;
  const names = [ours.name, baseline.name];
  const { machine, precision, threads, repeats, date } = report;
  const lines = [
    `${names.join(' against ')} with random weights, encoders in fp32, decoders in ${precision}, ${threads} thread${threads === 1 ? '' : 's'}`,
    `${machine.processor}, ${machine.cores} cores, ${machine.os}; ${date.slice(0, 10)}; medians of ${repeats} after a warm-up, in turns`,
    '',
    row(['', ...names, '']),
    ...report.pictures.flatMap(({ imageSize, models: [a, b] }) => [
      row([`encoder, ${imageSize} px`, ms(a.encodeMs), ms(b.encodeMs), ratio(b.encodeMs, a.encodeMs)]),
      row(['  GMAC', macs(a.encoderMacs), macs(b.encoderMacs), '']),
      row([
        `  first token (${a.imageTokens}, ${b.imageTokens} picture tokens)`,
        ms(a.firstTokenMs),
        ms(b.firstTokenMs),
        ratio(b.firstTokenMs, a.firstTokenMs),
      ]),
      row(['  of which prefill', ms(a.prefillMs), ms(b.prefillMs), ratio(b.prefillMs, a.prefillMs)]),
    ]),
    ...report.decode.map(({ context, models: [a, b] }) =>
      row([`decode behind ${count(context)} tokens`, rate(a), rate(b), ratio(a, b)]),
    ),
    row(['parameters', count(ours.parameters), count(baseline.parameters), '']),
    row(['weights', size(ours.weightBytes), size(baseline.weightBytes), '']),
    row([
      'keys and values of a token',
      size(ours.cacheBytesPerToken),
      size(baseline.cacheBytesPerToken),
      times(baseline.cacheBytesPerToken / ours.cacheBytesPerToken),
    ]),
    row([
      `longest context in ${size(report.memoryBudgetBytes)}`,
      count(ours.longestContext),
      count(baseline.longestContext),
      baseline.longestContext > 0 ? times(ours.longestContext / baseline.longestContext) : '',
    ]),
    '',
    ...report.claims.flatMap(({ claim, published, here, verdict, why }) => [
      `${claim}: ${verdict}`,
      `  paper  ${published}`,
      `  here   ${here}`,
      `  ${why}`,
    ]),
    '',
    ...report.notes,
  ];
  return `${lines.join('\n')}\n`;
}

function row([first = '', ...rest]: readonly string[]): string {
  const [a = '', b = '', last = ''] = rest;
  return `${first.padEnd(40)}${a.padStart(18)}${b.padStart(18)}${last.padStart(9)}`.trimEnd();
}

function ms(figure: Measured): string {
  return figure.measured ? `${figure.median.toFixed(0)} ms` : figure.reason;
}

function rate(figure: Measured): string {
  return figure.measured ? `${figure.median.toFixed(1)} tok/s` : figure.reason;
}

/** How many times `above` is of `below`. */
function ratio(above: Measured, below: Measured): string {
  return above.measured && below.measured && below.median > 0 ? times(above.median / below.median) : '';
}

function times(value: number): string {
  return `${value.toFixed(1)} ×`;
}

function macs(value: number | null): string {
  return value === null ? 'unknown' : (value / 1e9).toFixed(1);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e3).toFixed(1)} kB`;
}
