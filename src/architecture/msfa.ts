import type { Value } from '../onnx/graphBuilder';
import { StudioError } from '../protocol/failure';
import type { MobileNetConfig } from './modelConfig';
import { concat, reshape, transpose } from './tensorOps';
import { invertedResidual } from './visionBlocks';
import { type FeatureMap, rmsNorm2d, type VisionContext } from './visionOps';
import type { Weights } from './weights';

/**
 * Multi-scale fusion: the chosen levels on the finest one's grid, mixed by an inverted residual, brought to the output
 * grid and normalized; [1, rows * columns, channels]. Source: timm `MobileNetV5MultiScaleFusionAdapter`.
 */
export function fuseScales(
  context: VisionContext,
  fusion: MobileNetConfig['fusion'],
  levels: readonly FeatureMap[],
  weights: Weights,
): Value {
  const { graph } = context;
  const taken = fusion.levels.map(level => levels[level]).filter(map => map !== undefined);
  const finest = taken[0];
  if (finest === undefined) throw new Error('the fusion has no input');
  const same = taken.map((map, index) => upsampled(context, `vision.msfa.upsample${index}`, map, finest));
  const channels = taken.reduce((sum, map) => sum + map.channels, 0);
  const stacked = concat(
    graph,
    'vision.msfa.concat',
    same.map(map => map.value),
    1,
  );
  const mixed = invertedResidual(
    context,
    'vision.msfa.ffn',
    { ...finest, value: stacked, channels },
    weights.below('ffn'),
    {
      outChannels: fusion.outChannels,
      expansion: fusion.expansion,
      startKernel: 0,
      midKernel: 0,
      endKernel: 0,
      stride: 1,
      dilation: 1,
      skip: false,
      layerScale: false,
    },
  );
  const pooled = toGrid(context, mixed, fusion.grid);
  const normed = rmsNorm2d(context, 'vision.msfa.norm', pooled, weights, 'norm');
  const columns = [1, normed.channels, normed.height * normed.width];
  const tokens = reshape(graph, 'vision.msfa.tokens', normed.value, columns);
  return transpose(graph, 'vision.features', tokens, [0, 2, 1]);
}

/** PyTorch's nearest interpolation, which takes the floor of the scaled index. */
function upsampled(context: VisionContext, place: string, map: FeatureMap, to: FeatureMap): FeatureMap {
  if (map.height >= to.height && map.width >= to.width) {
    if (map.height === to.height && map.width === to.width) return map;
    const message = `config.json cannot be used: vision_config.msfa_indices names a finer level (${map.height} x ${map.width}) behind a coarser one (${to.height} x ${to.width}); correct the field or fetch the model again.`;
    throw new StudioError('bundle-invalid', message);
  }
  return resize(context, place, map, [to.height, to.width], {
    mode: { string: 'nearest' },
    coordinate_transformation_mode: { string: 'asymmetric' },
    nearest_mode: { string: 'floor' },
  });
}

/** Averages where the grid divides the map, interpolates between pixel centres where it does not. */
function toGrid(context: VisionContext, map: FeatureMap, grid: readonly [number, number]): FeatureMap {
  const [rows, columns] = grid;
  if (map.height === rows && map.width === columns) return map;
  if (map.height % rows !== 0 || map.width % columns !== 0) {
    return resize(context, 'vision.msfa.resize', map, grid, {
      mode: { string: 'linear' },
      coordinate_transformation_mode: { string: 'half_pixel' },
    });
  }
  const window = { ints: [map.height / rows, map.width / columns] };
  const value = context.graph.op('AveragePool', 'vision.msfa.pool', [map.value], {
    attributes: { kernel_shape: window, strides: window },
  });
  return { ...map, value, height: rows, width: columns };
}

function resize(
  { graph }: VisionContext,
  place: string,
  map: FeatureMap,
  [height, width]: readonly [number, number],
  attributes: Readonly<Record<string, { string: string }>>,
): FeatureMap {
  const sizes = graph.ints([1, map.channels, height, width]);
  const value = graph.op('Resize', place, [map.value, '', '', sizes], { attributes });
  return { ...map, value, height, width };
}
