import type { ClaimsReport, Measured } from '../../../src/protocol/claims';
import { csvName, csvText } from '../../shared/csv';
import { namesOf } from './words';

const heads = ['quantity', 'at', 'model', 'median', 'p10', 'p90', 'n', 'unit', 'remark'];

type Line = Partial<Record<(typeof heads)[number], string | number | null>>;

/** Every value, one a line, so that any tool can group them; an empty field is no value. Numbers are whole. */
export function csvOf(report: ClaimsReport): string {
  const names = namesOf(report).map(csvName);
  const of = (quantity: string, at: number | '', unit: string, index: number, figure: Measured): Line => ({
    quantity,
    at,
    model: names[index] ?? '',
    unit,
    ...(figure.measured
      ? { median: figure.median, p10: figure.p10, p90: figure.p90, n: figure.n }
      : { remark: csvName(figure.reason) }),
  });
  const pictures = report.pictures.flatMap(({ imageSize, models }) =>
    models.flatMap((model, index) => [
      of('encoder', imageSize, 'ms', index, model.encodeMs),
      of('connector', imageSize, 'ms', index, model.projectMs),
      of('prefill', imageSize, 'ms', index, model.prefillMs),
      of('first token', imageSize, 'ms', index, model.firstTokenMs),
      single('encoder multiply-accumulates', imageSize, index, model.encoderMacs, 'MAC'),
      single('picture tokens', imageSize, index, model.imageTokens, 'tokens'),
    ]),
  );
  const decode = report.decode.flatMap(({ context, models }) =>
    models.map((figure, index) => of('decode', context, 'tok/s', index, figure)),
  );
  const counted = report.contenders.flatMap((model, index) => [
    single('parameters', '', index, model.parameters, ''),
    single('weights', '', index, model.weightBytes, 'bytes'),
    single('keys and values of a token', '', index, model.cacheBytesPerToken, 'bytes'),
    single('states', '', index, model.stateBytes, 'bytes'),
    single('context of the config', '', index, model.contextLength, 'tokens'),
    single('longest context', report.memoryBudgetBytes, index, model.longestContext, 'tokens'),
  ]);
  const claims = report.claims.map(({ claim, verdict, published, here }): Line => {
    const remark = csvName(`${verdict}; paper: ${published}; here: ${here}`);
    return { quantity: csvName(claim), remark };
  });
  const lines = [...pictures, ...decode, ...counted, ...claims];
  return csvText([heads, ...lines.map(line => heads.map(head => String(line[head] ?? '')))]);

  function single(
    quantity: string,
    at: number | '',
    index: number,
    value: number | null,
    unit: string,
  ): Line {
    return { quantity, at, model: names[index] ?? '', median: value, unit };
  }
}
