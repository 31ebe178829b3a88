import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPromptEncoder } from '../../../src/engine/text/prompt';
import { createTextCodec } from '../../../src/engine/text/tokenizer';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The shipped bundle, or the one a person wants to run these tests against. */
export const nanoDir = process.env['AUTONEURAL_TEST_BUNDLE'] ?? path.join(root, 'models', 'autoneural-nano');

export function nanoText(name: string): string {
  return readFileSync(path.join(nanoDir, name), 'utf8');
}

/** The bundle's tokenizer and conversation style, without the engine. */
export function nanoTexts() {
  const tokens = JSON.parse(nanoText('tokenizer_config.json'));
  const processor = JSON.parse(nanoText('processor_config.json'));
  const codec = createTextCodec(JSON.parse(nanoText('tokenizer.json')), tokens);
  const style = {
    chatTemplate: nanoText('chat_template.jinja'),
    bosToken: tokens.bos_token,
    eosToken: tokens.eos_token,
    imageToken: processor.image_token,
    imageStart: processor.image_start_token,
    imageEnd: processor.image_end_token,
    imageTokens: processor.image_seq_length,
  };
  return { codec, style, encodePrompt: createPromptEncoder(style, codec) };
}
