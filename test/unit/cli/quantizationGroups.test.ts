import { expect, test } from 'vitest';
import { groupsOf } from '../../../src/cli/quantizationGroups';

const grouped = (...names: string[]) =>
  groupsOf(names.map(layer => ({ layer, op: 'Conv', parameters: 0, outputShape: null, results: [] }))).map(
    ({ name, layers }) => [name, layers.length],
  );

test('layers whose places begin alike are a group of two or more', () => {
  expect(
    grouped('vision.stem', 'vision.norm', 'vision.stage0.a', 'vision.stage0.b', 'connector.a', 'head.x.y'),
  ).toEqual([
    ['vision', 2],
    ['vision.stage0', 2],
    [null, 2],
  ]);
  expect(
    grouped('/model/layer1/conv/Conv', '/model/layer1/relu/Relu', '/head/Gemm', '/head/Softmax'),
  ).toEqual([
    ['/model/layer1', 2],
    ['/head', 2],
  ]);
});

test('counted and placeless names make no groups of one', () => {
  expect(grouped('p2o.Conv.0', 'p2o.Mul.4', 'p2o.Conv.1')).toEqual([['p2o', 3]]);
  expect(grouped('Conv_1', 'Relu_2', 'a/b/c', 'Conv_3')).toEqual([[null, 4]]);
  expect(grouped()).toEqual([]);
});
