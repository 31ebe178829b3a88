import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Conversation } from '../../../src/engine/conversation';
import { DecoderCache } from '../../../src/engine/decoderCache';

const image = 4;
const shape = {
  attentionLayers: [],
  convLayers: [0],
  keyValueHeads: 1,
  headDim: 1,
  hiddenSize: 1,
  convColumns: 1,
};

/** A conversation over a cache whose only state is a hash of everything read so far, the picture included. */
function start() {
  const conversation = new Conversation(new DecoderCache(shape), image);
  const state = () => conversation.cache.conv.get(0)?.[0] ?? 0;
  const read = (tokens: number[], picture: string) => {
    for (const token of tokens) {
      const next = hash([state(), token === image ? picture.charCodeAt(0) * 64 : token]);
      conversation.cache.append(1, new Map(), new Map([[0, Float32Array.of(next)]]));
      conversation.read([token]);
    }
  };
  return { conversation, read, state };
}

const hash = (values: number[]) =>
  values.reduce((sum, value) => Math.fround((sum * 31 + value + 7) % 100_003), 0);

function stateOf(tokens: number[], picture: string): number {
  const fresh = start();
  fresh.read(tokens, picture);
  return fresh.state();
}

const prompt = [1, image, image, 9, 8];

describe('resuming a conversation', () => {
  it('reuses the kept place behind the picture for another question, and all for a follow-up', () => {
    const { conversation, read } = start();
    expect(conversation.resume(prompt, 'a')).toBe(0);
    read(prompt.slice(0, 3), 'a');
    conversation.keep();
    read([9, 8, 20, 21], 'a');
    conversation.keep();
    expect(conversation.resume([...prompt, 20, 21, 7, 30], 'a')).toBe(7);
    expect(conversation.resume([1, image, image, 10], 'a')).toBe(3);
  });

  it('goes back behind an answer that was read on from', () => {
    const { conversation, read } = start();
    conversation.resume(prompt, 'a');
    read(prompt, 'a');
    read([20], 'a');
    conversation.keep();
    read([7, 30, 31], 'a');
    expect(conversation.resume([...prompt, 20, 7, 40], 'a')).toBe(6);
  });

  it('leaves the last token of a prompt to read', () => {
    const { conversation, read } = start();
    conversation.resume(prompt, 'a');
    read(prompt, 'a');
    conversation.keep();
    expect(conversation.resume(prompt, 'a')).toBe(0);
  });

  it('never takes one picture for another', () => {
    const { conversation, read } = start();
    conversation.resume(prompt, 'a');
    read(prompt.slice(0, 1), 'a');
    conversation.keep();
    read(prompt.slice(1), 'a');
    conversation.keep();
    expect(conversation.resume([...prompt, 3], 'b')).toBe(1);
  });

  it('always stands where a fresh start would stand, whatever was asked before', () => {
    const token = fc.constantFrom(image, 10, 11);
    const request = fc.record({
      prompt: fc.array(token, { minLength: 1, maxLength: 12 }),
      picture: fc.constantFrom('a', 'b'),
      keepAt: fc.array(fc.nat(12), { maxLength: 3 }),
      // A cancelled prompt stops half way.
      stopAt: fc.integer({ min: 1, max: 14 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 10 }), requests => {
        const { conversation, read, state } = start();
        for (const { prompt, picture, keepAt, stopAt } of requests) {
          const from = conversation.resume(prompt, picture);
          expect(from).toBeLessThan(prompt.length);
          expect(state()).toBe(stateOf(prompt.slice(0, from), picture));
          for (let i = from; i < Math.min(prompt.length, stopAt); i++) {
            read(prompt.slice(i, i + 1), picture);
            if (keepAt.includes(i)) conversation.keep();
          }
        }
      }),
    );
  });
});
