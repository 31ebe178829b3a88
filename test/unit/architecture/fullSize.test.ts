import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { buildGraph, type GraphName } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { WeightSource } from '../../../src/architecture/weights';
import { elements } from './drawn';
import { configJson } from './golden';

const fields = v.record(v.string(), v.unknown());
const full = v.parse(
  v.object({ vision: fields, text: fields, tensors: v.record(v.string(), v.array(v.number())) }),
  JSON.parse(readFileSync(new URL('../../fixtures/golden/full-size.json', import.meta.url), 'utf8')),
);

/** Shapes without values, and a note of every tensor that was asked for. */
class Shapes implements WeightSource {
  readonly asked = new Set<string>();
  readonly tensors = new (class extends Map<string, { shape: readonly number[] }> {
    constructor(private readonly asked: Set<string>) {
      super(Object.entries(full.tensors).map(([name, shape]) => [name, { shape }]));
    }
    override get(name: string) {
      this.asked?.add(name);
      return super.get(name);
    }
  })(this.asked);

  readFloats(name: string): Float32Array {
    throw new Error(`${name} was read`);
  }
}

const parts: [GraphName[], string, number][] = [
  [['vision_encoder'], 'model.vision_tower.', 294_126_912],
  [['embed_tokens', 'decoder'], 'model.language_model.', 1_170_340_608],
];

test.each(parts)(
  '%s of the full-size network takes every tensor of PyTorch',
  (graphs, prefix, parameters) => {
    const config = parseConfig(configJson({ vision: full.vision, text: full.text }));
    const source = new Shapes();
    for (const name of graphs) buildGraph(name, config, source, 'fp32');
    const expected = Object.keys(full.tensors).filter(name => name.startsWith(prefix));
    expect([...source.asked].sort()).toEqual(expected.sort());
    const sizes = [...source.asked].map(name => elements(full.tensors[name] ?? []));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(parameters);
  },
);
