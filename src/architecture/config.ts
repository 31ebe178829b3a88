import * as v from 'valibot';
import { autoNeuralConfig } from './configAutoNeural';
import { parseFields } from './configFields';
import { internVlConfig } from './configInternVl';
import type { ModelConfig } from './modelConfig';

const modelSchema = v.looseObject({ model_type: v.picklist(['autoneural', 'internvl_chat']) });

/**
 * Reads the content of a config.json.
 * @throws {StudioError} `bundle-invalid` with the field that is wrong.
 */
export function parseConfig(json: unknown): ModelConfig {
  const { model_type: type } = parseFields(modelSchema, json);
  return type === 'autoneural' ? autoNeuralConfig(json) : internVlConfig(json);
}

/** The content of a config.json with pictures of another edge in pixels; what is no config stays as it is. */
export function withImageSize(json: unknown, size: number): unknown {
  if (!isRecord(json)) return json;
  if (json['model_type'] === 'internvl_chat') return { ...json, force_image_size: size };
  if (!isRecord(json['vision_config'])) return json;
  return { ...json, vision_config: { ...json['vision_config'], image_size: size } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
