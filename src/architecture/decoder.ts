import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { type AttentionInputs, rotaryAngles } from './decoderAttention';
import type { DecoderFamily } from './decoderFamily';
import { internLm2 } from './internLm2';
import { lfm2 } from './lfm2';
import { linear } from './linear';
import type { TextConfig } from './modelConfig';
import { rmsNorm } from './rmsNorm';
import { concat } from './tensorOps';
import { constant, transposed, type WeightSource, Weights } from './weights';

/** Which positions get logits. */
export type LogitsOf = 'last' | 'all';

const families: Readonly<Record<TextConfig['kind'], DecoderFamily>> = { lfm2, internlm2: internLm2 };

/**
 * A decoder with segmented K/V: earlier keys and values come in, only the new rows go out.
 *
 * Inputs: `inputs_embeds` [1, S, d], `position_ids` [1, S], `attention_bias` [S, P + S] (added to the scores: 0 or a
 * large negative number), for attention layers `past_key_values.N.key|value` [1, kvHeads, P, headDim], for
 * convolutions `past_conv.N` [1, d, taps - 1]. Outputs: `logits` [1, 1 or S, V], `present_key_values.N.key|value`
 * [1, kvHeads, S, headDim], `present_conv.N` [1, d, taps - 1].
 */
export function decoder(
  graph: GraphBuilder,
  config: TextConfig,
  source: WeightSource,
  logitsOf: LogitsOf,
): void {
  const { hiddenSize } = config;
  const family = families[config.kind];
  const weights = new Weights(source, family.prefix);
  const norm = (place: string, input: Value, own: Weights, path: string): Value =>
    rmsNorm(graph, place, input, own.ref(`${path}.weight`, [hiddenSize]), config.normEpsilon);
  let x = graph.input('inputs_embeds', 'float32', [1, 'sequence', hiddenSize]);
  const inputs = decoderInputs(graph, config, x);
  for (const layer of config.layers.keys()) {
    const place = `decoder.layer${layer}`;
    const own = weights.below(`layers.${layer}`);
    const normed = norm(`${place}.operatorNorm`, x, own, family.mixerNorm);
    let mixed = family.mixer(graph, config, layer, normed, own, inputs);
    if (logitsOf === 'last' && layer === config.layers.length - 1) {
      // Keys, values and states are complete here: what follows serves the logits only.
      x = lastRow(graph, `${place}.lastInput`, x);
      mixed = lastRow(graph, `${place}.lastMixed`, mixed);
    }
    x = graph.op('Add', `${place}.operatorResidual`, [x, mixed]);
    const feedForwardNormed = norm(`${place}.feedForwardNorm`, x, own, 'ffn_norm');
    const ownFeedForward = own.below('feed_forward');
    const fed = feedForward(graph, config, `${place}.feedForward`, feedForwardNormed, ownFeedForward);
    x = graph.op('Add', `${place}.feedForwardResidual`, [x, fed]);
  }
  x = norm('decoder.norm', x, weights, family.finalNorm);
  const embedding = config.tiedEmbeddings
    ? weights.below(family.tokens)
    : new Weights(source, family.headPrefix);
  const matrix = transposed(embedding.ref('weight', [config.vocabSize, hiddenSize]));
  const headWeight = graph.initializer(constant('decoder.head.weight', matrix));
  const logits = graph.op('MatMul', 'decoder.head', [x, headWeight]);
  const positions = logitsOf === 'last' ? 1 : 'sequence';
  graph.output('logits', logits, 'float32', [1, positions, config.vocabSize]);
}

/** `input_ids` [1, S] to `inputs_embeds` [1, S, d]. */
export function tokenEmbedding(graph: GraphBuilder, config: TextConfig, source: WeightSource): void {
  const { prefix, tokens } = families[config.kind];
  const ids = graph.input('input_ids', 'int64', [1, 'sequence']);
  const { vocabSize, hiddenSize } = config;
  const table = new Weights(source, prefix).ref(`${tokens}.weight`, [vocabSize, hiddenSize]);
  const weight = graph.initializer(constant('embedding.tokens.weight', table));
  const rows = graph.op('Gather', 'embedding.tokens', [weight, ids]);
  graph.output('inputs_embeds', rows, 'float32', [1, 'sequence', hiddenSize]);
}

function lastRow(graph: GraphBuilder, place: string, value: Value): Value {
  return graph.op('Gather', place, [value, graph.ints([-1])], { attributes: { axis: { int: 1 } } });
}

/** What all attention layers share. */
function decoderInputs(graph: GraphBuilder, config: TextConfig, embeds: Value): AttentionInputs {
  const positions = graph.input('position_ids', 'int64', [1, 'sequence']);
  const bias = graph.input('attention_bias', 'float32', ['sequence', 'total']);
  const secondSize = { attributes: { start: { int: 1 }, end: { int: 2 } } };
  const fresh = graph.op('Shape', 'decoder.newRows', [embeds], secondSize);
  const total = graph.op('Shape', 'decoder.allRows', [bias], secondSize);
  const past = graph.op('Sub', 'decoder.pastRows', [total, fresh]);
  const rows = concat(graph, 'decoder.rowSplit', [past, fresh], 0);
  return { bias, rows, angles: rotaryAngles(graph, config, positions) };
}

/** `Lfm2MLP`, which is `InternLM2MLP`: SwiGLU. */
function feedForward(
  graph: GraphBuilder,
  { hiddenSize, feedForwardSize }: TextConfig,
  place: string,
  input: Value,
  weights: Weights,
): Value {
  const wide = { inputs: hiddenSize, outputs: feedForwardSize };
  const gate = linear(graph, `${place}.gate`, input, weights, 'w1', wide);
  const up = linear(graph, `${place}.up`, input, weights, 'w3', wide);
  const silu = graph.op('Mul', `${place}.silu`, [gate, graph.op('Sigmoid', `${place}.sigmoid`, [gate])]);
  const gated = graph.op('Mul', `${place}.gated`, [silu, up]);
  return linear(graph, `${place}.down`, gated, weights, 'w2', {
    inputs: feedForwardSize,
    outputs: hiddenSize,
  });
}
