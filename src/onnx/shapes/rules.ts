import * as layout from './layoutRules';
import * as microsoft from './microsoftRules';
import * as products from './productRules';
import type { Rule } from './site';
import * as values from './valueRules';
import * as windows from './windowRules';

/** Standard operators whose first output has the shape of their first input. */
const shapeKeepers = `Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitwiseNot Ceil Celu Clip Cos Cosh CumSum
  DequantizeLinear Dropout Elu Erf Exp Gelu GroupNormalization HardSigmoid HardSwish Hardmax
  InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Log LogSoftmax LpNormalization
  MeanVarianceNormalization Mish Neg Not PRelu QuantizeLinear RMSNormalization Reciprocal Relu RotaryEmbedding Round
  ScatterElements ScatterND Selu Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh
  ThresholdedRelu Trilu`;
const broadcasters = `And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Max Mean
  Min Mod Or Pow Sum Where Xor`;
/** ONNX Runtime's own operators of the same kind. */
const microsoftShapeKeepers = `BiasGelu DequantizeLinear FastGelu Gelu GroupNorm QuantizeLinear QuickGelu
  RotaryEmbedding`;
const reducers = `ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare`;

/** How shapes follow, by operator; those that are not standard ones carry their domain. An operator that is not here is reported as unknown, never guessed. */
export const shapeRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...named(shapeKeepers, values.same),
  ...named(broadcasters, values.elementwise),
  ...named(reducers, products.reduce),
  ...named('ArgMax ArgMin', products.argReduce),
  ...named('AveragePool LpPool MaxPool', windows.pool),
  ...named('GlobalAveragePool GlobalLpPool GlobalMaxPool', windows.globalPool),
  ...named('Cast CastLike', values.cast),
  ['Identity', values.sameValue],
  ...named('Conv ConvInteger', windows.conv),
  ...named('MatMul MatMulInteger', products.matMul),
  ['Add', values.arithmetic((a, b) => a + b)],
  ['Sub', values.arithmetic((a, b) => a - b)],
  ['Mul', values.arithmetic((a, b) => a * b)],
  // Whether integers or floats are divided is not known here: only where both agree.
  ['Div', values.arithmetic((a, b) => (Number.isInteger(a / b) ? a / b : undefined))],
  ['Concat', layout.concat],
  ['Constant', values.constant],
  ['ConstantOfShape', values.constantOfShape],
  ['ConvTranspose', windows.convTranspose],
  ['DepthToSpace', windows.depthToSpace],
  ['Expand', layout.expand],
  ['Flatten', layout.flatten],
  ['Gather', layout.gather],
  ['GatherElements', layout.gatherElements],
  ['Gemm', products.gemm],
  ['Pad', layout.pad],
  ['Range', values.range],
  ['Reshape', layout.reshape],
  ['Resize', windows.resize],
  ['Shape', values.shapeOf],
  ['Size', values.sizeOf],
  ['Slice', layout.slice],
  ['SpaceToDepth', windows.spaceToDepth],
  ['Split', layout.split],
  ['Squeeze', layout.squeeze],
  ['Tile', layout.tile],
  ['TopK', products.topK],
  ['Transpose', layout.transpose],
  ['Unsqueeze', layout.unsqueeze],
  ...ofMicrosoft(named(microsoftShapeKeepers, values.same)),
  ...ofMicrosoft(named('SkipLayerNormalization SkipSimplifiedLayerNormalization', microsoft.skipNorm)),
  ...ofMicrosoft([
    ['FusedConv', windows.conv],
    ['FusedGemm', products.gemm],
    ['GroupQueryAttention', microsoft.groupQueryAttention],
    ['MatMulNBits', microsoft.matMulNBits],
  ]),
]);

function ofMicrosoft(rules: readonly (readonly [string, Rule])[]): [string, Rule][] {
  return rules.map(([operator, rule]) => [`com.microsoft:${operator}`, rule]);
}

function named(operators: string, rule: Rule): [string, Rule][] {
  return operators.split(/\s+/).map(operator => [operator, rule]);
}
