import path from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerStream } from '../../../src/cli/answerStream';
import { editDistance, nearest } from '../../../src/cli/nearest';
import { cacheFolder } from '../../../src/cli/places';

describe('nearest word', () => {
  it('forgives a slip, not another word', () => {
    expect(nearest('promtp', ['prompt', 'evaluate'])).toBe('prompt');
    expect(nearest('Evalute', ['prompt', 'evaluate'])).toBe('evaluate');
    expect(nearest('draw', ['prompt', 'evaluate'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('measures a distance', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
    expect(editDistance('ab', 'ba')).toBe(1);
  });
});

describe('cache folder', () => {
  const at = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform) => cacheFolder(env, platform, '/home/me');

  it('is where the system keeps caches, or where the environment says', () => {
    expect(at({}, 'linux')).toBe(path.join('/home/me', '.cache', 'autoneural-studio'));
    expect(at({ XDG_CACHE_HOME: '/var/mine' }, 'linux')).toBe(path.join('/var/mine', 'autoneural-studio'));
    expect(at({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(
      path.join('/home/me', '.cache', 'autoneural-studio'),
    );
    expect(at({}, 'darwin')).toBe(path.join('/home/me', 'Library', 'Caches', 'autoneural-studio'));
    expect(at({ LOCALAPPDATA: '/local' }, 'win32')).toBe(path.join('/local', 'autoneural-studio', 'Cache'));
    expect(at({ AUTONEURAL_CACHE: '/mine' }, 'linux')).toBe(path.resolve('/mine'));
  });
});

describe('answer stream', () => {
  function streamed(live: boolean, parts: readonly string[], answer: string): string {
    const out = new PassThrough();
    const stream = new AnswerStream(out, live);
    for (const part of parts) stream.show(part);
    stream.finish(answer);
    return String(out.read() ?? '');
  }

  it('writes exactly the answer, however it grew', () => {
    const words = fc.array(fc.stringMatching(/^[a-z.]{1,6}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.boolean(), (answer, live) => {
        const parts = answer.map((_, i) => answer.slice(0, i + 1).join(' '));
        expect(streamed(live, parts, answer.join(' '))).toBe(`${answer.join(' ')}\n`);
      }),
    );
  });

  it('holds the last word back, since the next token may change it', () => {
    expect(streamed(true, ['I', 'I can', "I can't tell"], "I can't tell.")).toBe("I can't tell.\n");
  });

  it('writes the answer anew when more than its end changed', () => {
    expect(streamed(true, ['one two three'], 'one too many')).toBe('one two\none too many\n');
  });
});
