import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json';
import strings from '../../../package.nls.json';
import { pictureFormats } from '../../../src/engine/picture/format';
import { isPicture, pictureExtensions } from '../../../src/extension/prompt/pictures';

const root = path.resolve(__dirname, '../../..');
const sourceDir = path.join(root, 'src/extension');
const sources = readdirSync(sourceDir, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .sort()
  .map(file => readFileSync(path.join(sourceDir, file), 'utf8'));

describe('the manifest', () => {
  it('takes every sentence from package.nls.json, and every sentence there is used', () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([\w.]+)%"/g)].map(match => match[1]);
    expect([...new Set(used)].sort()).toEqual(Object.keys(strings).sort());
  });

  it('offers exactly the pictures that the code accepts and the engine decodes', () => {
    const menus = [
      manifest.contributes.menus['explorer/context'],
      manifest.contributes.menus['editor/title'],
    ];
    for (const [item] of menus) {
      const pattern = /resourceExtname =~ \/(.*)\/i/.exec(item?.when ?? '')?.[1] ?? '$.';
      const offered = new RegExp(pattern, 'i');
      expect(pictureExtensions.filter(extension => !offered.test(`.${extension}`))).toEqual([]);
      expect(pictureFormats.filter(format => !offered.test(`.${format}`))).toEqual([]);
      for (const other of ['.bmp', '.svg', '.txt', '.png2', '.pngx', 'png', '.heic']) {
        expect(offered.test(other)).toBe(isPicture(`a${other}`));
      }
    }
  });

  it('restricts every setting that can choose what is parsed or run', () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    expect(restricted).toEqual(['autoneural.modelFolders']);
    expect(Object.keys(manifest.contributes.configuration.properties)).toEqual(
      expect.arrayContaining(restricted),
    );
  });

  it('names only commands that exist, and files that are there', () => {
    const { commands, configuration, views } = manifest.contributes;
    const known = [
      ...commands.map(({ command }) => command),
      ...views.autoneural.map(({ id }) => id),
      ...Object.keys(configuration.properties),
      ...['prompt', 'quantization', 'profiling', 'claims'].map(view => `autoneural.${view}`),
      ...['panelActive', 'answering', 'hasCards', 'hasAnswer', 'bundleFolders'].map(
        key => `autoneural.${key}`,
      ),
    ];
    const named = JSON.stringify([manifest.contributes, strings]).match(/\bautoneural\.[\w.]+/g) ?? [];
    expect(named.filter(name => !known.includes(name))).toEqual([]);
    const files = JSON.stringify(manifest.contributes).matchAll(/"(media\/[\w./-]+)"/g);
    expect(
      [...files].map(([, file]) => file).filter(file => !existsSync(path.join(root, file ?? ''))),
    ).toEqual([]);
  });
});

it('l10n/bundle.l10n.json holds every sentence of the code for translators (renew it with vitest --update)', async () => {
  const call = /\bl10n\.t\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;
  const sentences = sources.flatMap(text => [...text.matchAll(call)].map(([, a, b]) => a ?? b ?? ''));
  expect(sources.join('').match(/\bl10n\.t\(/g)).toHaveLength(sentences.length);
  const bundle = Object.fromEntries([...new Set(sentences)].sort().map(sentence => [sentence, sentence]));
  await expect(`${JSON.stringify(bundle, null, 2)}\n`).toMatchFileSnapshot(
    path.join(root, 'l10n/bundle.l10n.json'),
  );
});
