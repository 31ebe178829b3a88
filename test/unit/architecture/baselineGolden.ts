import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { packed, tensors } from './golden';

const schema = v.object({
  cases: v.record(
    v.string(),
    v.object({
      config: v.looseObject({
        vision_config: v.looseObject({}),
        llm_config: v.looseObject({}),
      }),
      tensors,
      ids: v.array(v.number()),
      blocks: v.record(v.string(), packed),
      features: packed,
      embeds: packed,
      logits: packed,
      steps: v.array(packed),
    }),
  ),
  fullSize: v.record(v.string(), v.tuple([v.array(v.number()), v.number()])),
});

/** What OpenGVLab's InternVL answers (test/fixtures/golden/make_baseline_parity.py). */
export const baseline = v.parse(
  schema,
  JSON.parse(readFileSync(new URL('../../fixtures/golden/parity-baseline.json', import.meta.url), 'utf8')),
);

export type BaselineCase = (typeof baseline.cases)[string];

/** The first case, which the tests of configs and files begin with. */
export function plainCase(): BaselineCase {
  const { plain } = baseline.cases;
  if (plain === undefined) throw new Error('parity-baseline.json has no plain case');
  return plain;
}
