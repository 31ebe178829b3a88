import { expect, test } from 'vitest';
import { RandomWeights } from '../../../src/architecture/randomWeights';

const shapes = new Map([
  ['a.weight', [64, 100]],
  ['b.weight', [64, 100]],
  ['norm.weight', [2000]],
  ['c.bias', [2000]],
]);

test('a tensor follows from the seed and its name, whatever else there is', () => {
  const once = new RandomWeights(shapes, 7);
  const again = new RandomWeights(new Map([['a.weight', [64, 100]]]), 7);
  expect(once.readFloats('a.weight')).toEqual(again.readFloats('a.weight'));
  expect(once.readFloats('a.weight')).not.toEqual(once.readFloats('b.weight'));
  expect(once.readFloats('a.weight')).not.toEqual(new RandomWeights(shapes, 8).readFloats('a.weight'));
});

test('products keep the variance, norms stay around one, biases around zero', () => {
  const weights = new RandomWeights(shapes, 1);
  const moments = (name: string): [number, number] => {
    const values = [...weights.readFloats(name)];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
  };
  expect(moments('a.weight')[0]).toBeCloseTo(0, 2);
  expect(moments('a.weight')[1] * 100).toBeCloseTo(1, 1);
  expect(moments('norm.weight')[0]).toBeCloseTo(1, 1);
  expect(moments('c.bias')[0]).toBeCloseTo(0, 1);
  expect(Math.min(...weights.readFloats('norm.weight'))).toBeGreaterThanOrEqual(0.5);
});
