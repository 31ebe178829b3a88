import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { droppedUri, mayBringPicture } from '../../../webview-ui/prompt/dropped';
import { recall } from '../../../webview-ui/prompt/recall';
import { parseSaved } from '../../../webview-ui/prompt/saved';
import { formatList, formatMs, formatParameters, formatRate } from '../../../webview-ui/shared/format';

describe('recall', () => {
  it('walks up and down through the questions, each shown once', () => {
    const questions = ['a', 'b', 'b', 'c'];
    expect(recall(questions, '', 'up')).toBe('c');
    expect(recall(questions, 'c', 'up')).toBe('b');
    expect(recall(questions, 'b', 'up')).toBe('a');
    expect(recall(questions, 'a', 'up')).toBeNull();
    expect(recall(questions, 'b', 'down')).toBe('c');
    expect(recall(questions, 'c', 'down')).toBe('');
  });

  it('leaves the arrow keys alone in a text of one’s own', () => {
    expect(recall(['a'], 'half a quest', 'up')).toBeNull();
    expect(recall(['a'], '', 'down')).toBeNull();
    expect(recall([], '', 'up')).toBeNull();
  });
});

describe('what is dropped', () => {
  const data = (types: Record<string, string>) => ({
    types: Object.keys(types),
    getData: (type: string) => types[type] ?? '',
  });

  it('takes the first resource of an editor drag', () => {
    const list = '# a comment\r\nfile:///a.png\r\nfile:///b.png';
    expect(droppedUri(data({ 'text/uri-list': list }))).toBe('file:///a.png');
    expect(droppedUri(data({ 'application/vnd.code.uri-list': 'x:/1', 'text/uri-list': 'x:/2' }))).toBe(
      'x:/1',
    );
    expect(droppedUri(data({ resourceurls: '["file:///c.png"]' }))).toBe('file:///c.png');
  });

  it('finds nothing in what is no list of resources', () => {
    expect(droppedUri(data({ Files: '' }))).toBeNull();
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), text => {
        expect([null, ...stringsIn(text)]).toContain(droppedUri(data({ resourceurls: text })));
      }),
    );
    expect(droppedUri(data({ resourceurls: '[1]' }))).toBeNull();
    expect(droppedUri(data({ resourceurls: '{' }))).toBeNull();
  });

  it('knows a drag that may bring a picture by its types', () => {
    expect(mayBringPicture(['Files'])).toBe(true);
    expect(mayBringPicture(['ResourceURLs'])).toBe(true);
    expect(mayBringPicture(['text/plain', 'text/html'])).toBe(false);
  });
});

/** The only texts that a list of resources may yield. */
function stringsIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
  } catch {
    return [];
  }
}

describe('memory', () => {
  const fresh = { sessionId: '', draft: '', pictureShare: 36, selection: null };

  it('starts fresh where nothing, or nothing usable, was left', () => {
    for (const left of [undefined, null, 7, 'x', [], {}]) expect(parseSaved(left)).toEqual(fresh);
    expect(
      parseSaved({ draft: 3, pictureShare: 5000, selection: { src: 'x', region: { left: -1 } } }),
    ).toEqual(fresh);
  });

  it('keeps what was left', () => {
    const left = {
      sessionId: 's1',
      draft: 'Where is',
      pictureShare: 50,
      selection: { src: 'uri:a', region: { left: 0, top: 1, width: 2, height: 3 } },
    };
    expect(parseSaved(left)).toEqual(left);
  });
});

describe('figures', () => {
  it.each([
    [0.4, '0.40 ms'],
    [14.24, '14.2 ms'],
    [99.96, '100 ms'],
    [278.1, '278 ms'],
    [999.7, '1.00 s'],
    [12_345, '12.3 s'],
    [100_000, '100 s'],
  ])('writes %f ms as %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it('writes rates, parameters and lists', () => {
    expect(formatRate(411.7)).toBe('412 tok/s');
    expect(formatRate(44.04)).toBe('44.0 tok/s');
    expect(formatParameters(11_400_000)).toBe('11.4 M parameters');
    expect(formatParameters(1_500_000_000)).toBe('1.50 B parameters');
    expect(formatList([])).toBe('');
    expect(formatList(['a', 'b', 'c'])).toBe('a, b and c');
  });
});
