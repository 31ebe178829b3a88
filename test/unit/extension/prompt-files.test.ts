import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInside, isPicture, safeFileName } from '../../../src/extension/prompt/pictures';
import { StagedPictures } from '../../../src/extension/prompt/staging';
import { SessionStore } from '../../../src/extension/prompt/store';
import { webviewPage } from '../../../src/extension/webview/html';

describe('picture names', () => {
  it('knows pictures by their extension, in any case', () => {
    expect(['a.png', 'a.b.JPEG', '/x/y.Avif', 'z.tif'].every(isPicture)).toBe(true);
    expect(['a.svg', 'png', 'a.png.txt', 'a.', ''].some(isPicture)).toBe(false);
  });

  it('makes any name a plain file name', () => {
    expect(safeFileName('level b6.png')).toBe('level b6.png');
    expect(safeFileName('../../etc/passwd')).toBe('passwd');
    expect(safeFileName('C:\\temp\\cabin.jpg')).toBe('cabin.jpg');
    expect(safeFileName('nul.png')).toBe('picture.png');
    expect(safeFileName('')).toBe('picture');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), name => {
        const safe = safeFileName(name);
        expect(path.basename(path.resolve('/folder', safe))).toBe(safe);
        expect(path.dirname(path.resolve('/folder', safe))).toBe(path.resolve('/folder'));
        expect(safe.length).toBeGreaterThan(0);
        expect(safe.length).toBeLessThanOrEqual(100);
        expect(safe).not.toMatch(/[\\/:*?"<>|\0]/);
      }),
    );
  });

  it('holds dropped pictures inside the workspace', () => {
    const uri = (at: string, scheme = 'file', authority = '') => ({ scheme, authority, path: at });
    const roots = [uri('/home/ada/samples')];
    expect(isInside(uri('/home/ada/samples/pictures/a.png'), roots)).toBe(true);
    expect(isInside(uri('/home/ada/samples/../secret.png'), roots)).toBe(false);
    expect(isInside(uri('/home/ada/samples-2/a.png'), roots)).toBe(false);
    expect(isInside(uri('/home/ada/samples/a.png', 'https'), roots)).toBe(false);
    expect(isInside(uri('/home/ada/samples/a.png', 'file', 'server'), roots)).toBe(false);
    expect(isInside(uri('/a.png'), [uri('/')])).toBe(true);
  });
});

describe('staged pictures', () => {
  let root: string;
  let staged: StagedPictures;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'staged-'));
    staged = new StagedPictures(path.join(root, 'pictures'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('writes each into its own folder, and removes them with their session', async () => {
    const first = await staged.add('one', '../image.png', Uint8Array.of(1, 2));
    const second = await staged.add('one', 'image.png', Uint8Array.of(3));
    expect([...(await readFile(first.path))]).toEqual([1, 2]);
    expect([...(await readFile(second.path))]).toEqual([3]);
    expect(path.dirname(first.path)).not.toBe(path.dirname(second.path));
    await staged.remove('one');
    expect(await readdir(path.join(root, 'pictures'))).toEqual([]);
  });

  it('sweeps what other sessions left, and has nothing to sweep at first', async () => {
    await staged.sweep([], 0);
    const kept = await staged.add('kept', 'b.png', Uint8Array.of(2));
    await staged.add('lost', 'a.png', Uint8Array.of(1));
    await utimes(path.join(root, 'pictures', 'lost'), 0, 0);
    await staged.add('fresh', 'a.png', Uint8Array.of(1));
    await staged.sweep(['kept'], 60_000);
    expect((await readdir(path.join(root, 'pictures'))).sort()).toEqual(['fresh', 'kept']);
    await staged.sweep(['kept'], -60_000);
    expect(await readdir(path.join(root, 'pictures'))).toEqual(['kept']);
    expect([...(await readFile(kept.path))]).toEqual([2]);
  });
});

describe('stored sessions', () => {
  /** The editor's memento keeps JSON. */
  function memento() {
    const values = new Map<string, string>();
    return {
      keys: () => [...values.keys()],
      get: (key: string) => JSON.parse(values.get(key) ?? 'null'),
      update: async (key: string, value: unknown) => {
        value === undefined ? values.delete(key) : values.set(key, JSON.stringify(value));
      },
    };
  }
  const content = {
    picture: { name: 'a.png', path: '/a.png' },
    cards: [
      {
        id: 'card',
        question: 'Where?',
        region: { left: 0, top: 0, width: 4, height: 4 },
        picture: { name: 'a.png', path: '/a.png' },
        choice: { bundleDir: '/nano', precision: 'fp32' as const, target: 'local-cpu' },
        state: 'failed' as const,
        answer: 'The',
        events: [{ type: 'token' as const, text: 'The', index: 0, atMs: 4 }],
        failure: { kind: 'host-died' as const, message: 'It died.' },
      },
    ],
  };

  it('come back as they were', async () => {
    const store = new SessionStore(memento());
    await store.save('one', content);
    expect(store.ids).toEqual(['one']);
    expect(store.load('one')).toEqual(content);
    await store.delete('one');
    expect(store.ids).toEqual([]);
  });

  it('are forgotten where they cannot be read', async () => {
    const values = memento();
    await values.update('prompt.session.old', {
      picture: null,
      cards: [{ id: 'card', text: 'from elsewhere' }],
    });
    expect(new SessionStore(values).load('old')).toBeUndefined();
    expect(new SessionStore(values).load('none')).toBeUndefined();
  });
});

it('the page allows nothing but its own script, style and pictures', () => {
  const page = webviewPage({
    title: 'Prompt — <img src=x onerror=alert(1)>"',
    language: 'en',
    scriptUri: 'https://file.test/prompt.js',
    styleUri: 'https://file.test/prompt.css',
    cspSource: 'https://*.test',
    nonce: 'abc123',
  });
  expect(page).not.toContain('<img');
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  expect(policy?.split('; ')).toEqual([
    "default-src 'none'",
    'img-src https://*.test blob:',
    'style-src https://*.test',
    "script-src 'nonce-abc123'",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(page.match(/<script/g)).toHaveLength(1);
});
