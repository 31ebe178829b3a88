import { Tokenizer } from '@huggingface/tokenizers';
import { StudioError } from '../../protocol/failure';

/** Text to token ids and back, as the bundle's tokenizer.json says. */
export interface TextCodec {
  /** Token ids of a text; special tokens that stand in it count as such. */
  encode(text: string): number[];
  /** Token ids of something the model wrote: its own spelling, where the tokenizer folds case for questions. */
  encodeAnswer(text: string): number[];
  /** The text of tokens, special ones left out. Ends before a character whose bytes are not complete yet. */
  decode(ids: readonly number[]): string;
  /** The text of one token by itself: a special one spelled out, '' where there is none of this id. */
  tokenText(id: number): string;
  /** Breaks up whatever looks like a special token, so that a person's words stay words. */
  asPlainText(text: string): string;
  /** Words that become the unknown token, as they were written, each once. */
  unknownWords(text: string): string[];
}

/**
 * @param json content of tokenizer.json
 * @param config content of tokenizer_config.json
 * @throws {StudioError} `bundle-invalid` when the tokenizer cannot be built
 */
export function createTextCodec(json: object, config: object): TextCodec {
  const tokenizer = build(json, config);
  const withoutCase = casePreserving(json);
  const answerTokenizer = withoutCase === null ? tokenizer : build(withoutCase, config);
  const specials = [...tokenizer.get_added_tokens_decoder().values()].map(({ content }) => content);
  const unknownId = tokenizer.model?.unk_token_id;
  const encodeWith = (which: Tokenizer, text: string) =>
    checked(which.encode(text, { add_special_tokens: false }).ids);
  const encode = (text: string) => encodeWith(tokenizer, text);
  const decode = (ids: readonly number[]) => decodeWith(tokenizer, ids);
  return {
    encode,
    decode,
    encodeAnswer: text => {
      const ids = encodeWith(answerTokenizer, text);
      return decode(ids) === text ? ids : encode(text);
    },
    tokenText: id => tokenText(tokenizer, id),
    asPlainText: text => breakUp(text, specials),
    unknownWords: text =>
      unknownWords(text, word => unknownId !== undefined && encode(word).includes(unknownId)),
  };
}

function build(json: object, config: object): Tokenizer {
  try {
    return new Tokenizer(json, config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `tokenizer.json cannot be used (${reason}): fetch the model again.`;
    throw new StudioError('bundle-invalid', message, { cause: error });
  }
}

/** A BPE tokenizer without an unknown token gives no id at all for what it does not know. */
function checked(ids: (number | undefined)[]): number[] {
  return ids.map(id => {
    if (id !== undefined) return id;
    const message =
      'tokenizer.json has no token for a part of this text and no unknown token either: fetch the model again.';
    throw new StudioError('bundle-invalid', message);
  });
}

function decodeWith(tokenizer: Tokenizer, ids: readonly number[]): string {
  if (ids.length === 0) return '';
  // U+FFFD at the end stands for the first bytes of a character whose others are in the next tokens.
  return tokenizer.decode([...ids], { skip_special_tokens: true }).replace(/\uFFFD+$/, '');
}

function tokenText(tokenizer: Tokenizer, id: number): string {
  return tokenizer.decode([id], { skip_special_tokens: false });
}

/** tokenizer.json without its lower-casing step, or null when it has none. */
function casePreserving(json: object): object | null {
  const normalizer = 'normalizer' in json ? json.normalizer : null;
  if (typeof normalizer !== 'object' || normalizer === null || !('type' in normalizer)) return null;
  if (normalizer.type === 'Lowercase') return { ...json, normalizer: null };
  if (!('normalizers' in normalizer) || !Array.isArray(normalizer.normalizers)) return null;
  const kept = normalizer.normalizers.filter(step => step?.type !== 'Lowercase');
  if (kept.length === normalizer.normalizers.length) return null;
  return { ...json, normalizer: { ...normalizer, normalizers: kept } };
}

function breakUp(text: string, specials: readonly string[]): string {
  let plain = text;
  for (const special of specials.filter(({ length }) => length > 1))
    while (plain.includes(special)) plain = plain.replaceAll(special, `${special[0]} ${special.slice(1)}`);
  return plain;
}

function unknownWords(text: string, isUnknown: (word: string) => boolean): string[] {
  const unknown = new Set<string>();
  for (const word of text.split(/\s+/)) {
    if (word === '' || !isUnknown(word)) continue;
    const bare = word.replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, '');
    unknown.add(bare !== '' && isUnknown(bare) ? bare : word);
  }
  return [...unknown];
}
