import { unitDetail } from '../../quantization/detail';
import { inspectModel } from '../../quantization/inspect';
import { applyRecipe } from '../../quantization/recipe/apply';
import type { QuantizationEngine } from './measurement';

/** The engine that ships. */
export const quantizationEngine: QuantizationEngine = { inspectModel, unitDetail, applyRecipe };
