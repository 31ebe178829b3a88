import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { checkPictures, readSuite } from '../../../src/engine/suite';
import { root } from './nano';

const folder = path.join(root, 'test/fixtures/exam2');
const training = path.join(root, 'models/training/exam2');
const files = readdirSync(folder).filter(name => name.endsWith('.jsonl'));
const suite = (await Promise.all(files.map(name => readSuite(path.join(folder, name))))).flat();

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** The hash as models/training/exam2/suite.py defines it, written anew. */
function suiteHash(): string {
  const total = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => name.split(path.sep).join('/'))
    .filter(name => /\.(jsonl|webp)$/.test(name))
    // Python sorts paths part by part.
    .sort((a, b) => (a.split('/').join('\0') < b.split('/').join('\0') ? -1 : 1));
  for (const name of names)
    total
      .update(name)
      .update('\0')
      .update(sha256(readFileSync(path.join(folder, name))));
  return total.digest('hex');
}

describe('the second examination', () => {
  it('is the one that was committed before the training', () => {
    const committed = readFileSync(path.join(folder, 'suite.sha256'), 'utf8').trim();
    expect(suiteHash()).toBe(committed);
    expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toContain(committed);
  });

  it('is read by evaluate, and every picture is there and used', async () => {
    expect(suite).toHaveLength(4484);
    await checkPictures(suite);
    const used = new Set(suite.map(({ imagePath }) => path.basename(imagePath)));
    expect([...used].sort()).toEqual(readdirSync(path.join(folder, 'images')).sort());
  });

  it('has pictures that the engine can decode', async () => {
    const pictures = [...new Set(suite.map(({ imagePath }) => imagePath))].filter(
      (_, index) => index % 40 === 0,
    );
    for (const picture of pictures) {
      const { width, height, format } = await sharp(picture).metadata();
      expect([format, width === height, [128, 160, 256].includes(width)]).toEqual(['webp', true, true]);
    }
  });

  it('names forty symbols, a hundred core concepts and three hundred more', () => {
    const telltales = readFileSync(path.join(training, 'telltales.py'), 'utf8');
    const symbols = /TABLE = """\n([^"]*)"""/.exec(telltales)?.[1]?.trim().split('\n');
    expect(symbols).toHaveLength(40);
    const levels = readFileSync(path.join(training, 'concepts.tsv'), 'utf8')
      .split('\n')
      .map(row => row.split('\t')[0]);
    expect(levels.filter(level => level === 'core')).toHaveLength(100);
    expect(levels.filter(level => level === 'extended').length).toBeGreaterThanOrEqual(300);
  });

  it('shows the unseen style where the group says so and nowhere else', () => {
    const shown = suite.filter(({ image }) => image.includes('-twemoji'));
    expect(shown).toHaveLength(100 * 3 + 335 * 3 + 270);
    expect(shown).toEqual(suite.filter(({ group }) => group.endsWith('unseen style')));
  });

  it('asks in familiar words whatever is not about phrasing', () => {
    const questions = (unseen: boolean) =>
      new Set(
        suite.flatMap(({ group, question }) =>
          group.endsWith('unseen phrasings') === unseen ? [question] : [],
        ),
      );
    const unseen = questions(true);
    expect(unseen.size).toBeGreaterThan(200);
    expect([...questions(false)].filter(question => unseen.has(question))).toEqual([]);
  });
});
