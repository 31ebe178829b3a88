import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultQuantizationSettings } from '../../../../src/protocol/quantization';
import { matchesPattern } from '../../../../src/quantization/recipe/pattern';
import { columnsOf, countBelow } from '../../../../webview-ui/quantization/model/columns';
import { matchesWhole, parseFilter } from '../../../../webview-ui/quantization/model/filter';
import { columnAt, layoutOf, scrollToShow } from '../../../../webview-ui/quantization/model/geometry';
import { cellOf, layersOf } from '../../../../webview-ui/quantization/model/layers';
import { step } from '../../../../webview-ui/quantization/model/navigation';
import { commonPrefix, isGroup, partsOf } from '../../../../webview-ui/quantization/model/parts';
import { type RowChoice, rowsOf } from '../../../../webview-ui/quantization/model/rows';
import { fitText, shorten, visibleText } from '../../../../webview-ui/shared/text';
import { graph } from './drawn';

const column = { side: 'model', scheme: 'w8a8' } as const;
const vision = [
  'vision.stem',
  'vision.stage0.expand',
  'vision.stage0.project',
  'vision.stage1.attn',
  'vision.stage1.ffn',
];
const encoder = graph('vision_encoder', [...vision, 'connector.linear1'], {
  w8a8: [50, 40, 25, 35, null, 28],
});
const partsFrom = (...tables: ReturnType<typeof graph>[]) => partsOf(layersOf(tables, []));
const choice = (change: Partial<RowChoice> = {}): RowChoice => ({
  columns: [column],
  metric: 'sqnr',
  collapsed: new Set(),
  filter: '',
  belowDb: null,
  sort: null,
  ...change,
});
const shown = (change: Partial<RowChoice> = {}, parts = partsFrom(encoder)) =>
  rowsOf(parts, choice(change)).map(row => `${'  '.repeat(row.level - 1)}${row.label}`);

describe('rows', () => {
  it('are grouped by part and by stage, without saying a prefix twice', () => {
    expect(shown()).toEqual([
      'Vision tower',
      '  stem',
      '  stage0',
      '    expand',
      '    project',
      '  stage1',
      '    attn',
      '    ffn',
      'connector.linear1',
    ]);
  });

  it('of a graph that is not ours are one part, named by what the names share', () => {
    const foreign = graph('det.onnx', ['/model/a/Conv', '/model/a/Mul', '/model/b/Conv', '/model/b/Mul']);
    expect(shown({}, partsFrom(foreign))).toEqual([
      'model',
      '  a',
      '    Conv',
      '    Mul',
      '  b',
      '    Conv',
      '    Mul',
    ]);
    const mixed = graph('det.onnx', [
      'p2o.Conv.0',
      'p2o.Add.0',
      'p2o.Conv.1',
      'p2o.Add.1',
      'p2o.Conv.2',
      'p2o.Add.2',
    ]);
    expect(shown({}, partsFrom(mixed)).slice(0, 3)).toEqual(['p2o', '  Conv.0', '  Add.0']);
    const plain = graph('rec.onnx', ['Conv_1', 'Conv_2', 'vision.x']);
    expect(shown({}, partsFrom(plain))).toEqual(['rec.onnx', '  Conv_1', '  Conv_2', '  vision.x']);
  });

  it('keep the decoder’s two graphs apart', () => {
    const names = ['decoder.layer0.up', 'decoder.layer0.down'];
    const rows = rowsOf(partsFrom(graph('decoder.prefill', names), graph('decoder.decode', names)), choice());
    expect(rows.filter(row => row.level === 1).map(row => row.label)).toEqual([
      'Decoder prefill',
      'Decoder step',
    ]);
    expect(new Set(rows.map(row => row.key)).size).toBe(rows.length);
  });

  it('hold every layer once, in graph order, whatever the names', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ab./]{0,8}$/));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 40 }), names => {
        for (const kind of ['vision_encoder', 'x.onnx']) {
          const rows = rowsOf(partsFrom(graph(kind, names)), choice());
          const layers = rows.filter(row => row.kind === 'layer').map(row => row.layer.unit.layer);
          expect([...layers].sort()).toEqual([...names].sort());
          expect(new Set(rows.map(row => row.key)).size).toBe(rows.length);
        }
      }),
    );
  });

  it('close with their group, and a group’s figure is that of its last layer', () => {
    const parts = partsFrom(encoder);
    const tower = parts[0];
    if (!tower) throw new Error('no part');
    expect(shown({ collapsed: new Set([tower.key]) })).toEqual(['Vision tower', 'connector.linear1']);
    expect(rowsOf(parts, choice())[2]?.layer.unit.layer).toBe('vision.stage0.project');
  });

  it('have in a group the last layer of either model, also where these are not the same', () => {
    const mine = graph('one.onnx', ['a', 'b'], { w8a8: [50, 40] });
    const other = graph('two.onnx', ['a', 'c'], { w8a8: [30, 20] });
    const [group] = rowsOf(partsOf(layersOf([mine], [other])), choice());
    if (!group) throw new Error('no row');
    expect(cellOf(group.layer, column)?.sqnrDb).toBe(40);
    expect(cellOf(group.layer, { ...column, side: 'compared' })?.sqnrDb).toBe(20);
  });

  it('are filtered by words, by patterns and by the limit; groups open for what is found', () => {
    const tower = partsFrom(encoder)[0]?.key ?? '';
    expect(shown({ filter: 'STAGE0 conv', collapsed: new Set([tower]) })).toEqual([
      'Vision tower',
      '  stage0',
      '    expand',
      '    project',
    ]);
    expect(shown({ filter: 'vis*ffn' })).toEqual(['Vision tower', '  stage1', '    ffn']);
    expect(shown({ filter: '"vision.*.attn"' })).toEqual(['Vision tower', '  stage1', '    attn']);
    expect(shown({ belowDb: 30 })).toEqual(['Vision tower', '  stage0', '    project', 'connector.linear1']);
    expect(shown({ filter: 'nowhere' })).toEqual([]);
  });

  it('are sorted by figures without groups; what has none stays last both ways', () => {
    const worst = shown({ sort: { by: column, direction: 'worstFirst' } });
    expect(worst.at(0)).toBe('vision.stage0.project');
    expect(worst.at(-1)).toBe('vision.stage1.ffn');
    const best = shown({ sort: { by: column, direction: 'bestFirst' } });
    expect(best.at(0)).toBe('vision.stem');
    expect(best.at(-1)).toBe('vision.stage1.ffn');
    expect(shown({ sort: { by: 'layer', direction: 'worstFirst' } })[0]).toBe('connector.linear1');
    const byRms = shown({ metric: 'rms', sort: { by: column, direction: 'worstFirst' } });
    expect(byRms).toEqual(worst);
  });
});

describe('a pattern in quotes', () => {
  it('means what the recipe means by it', () => {
    const letters = fc.stringMatching(/^[ab./?*]{0,10}$/);
    const name = fc.stringMatching(/^[ab./]{0,10}$/);
    fc.assert(
      fc.property(letters, name, (pattern, layer) => {
        expect(matchesWhole(layer, pattern)).toBe(matchesPattern(pattern, layer));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no time that grows with its stars', () => {
    const filter = parseFilter(`"${'**a'.repeat(200)}b"`);
    const started = performance.now();
    expect(filter?.('', 'a'.repeat(10_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('columns', () => {
  it('are the asked schemes, others that were measured, and the recipe last', () => {
    const table = graph('g', ['a'], { recipe: [40], w4: [20], w8a8: [30] });
    const own = columnsOf(defaultQuantizationSettings, { tables: [table], recipe: false }, null);
    expect(own.map(({ scheme }) => scheme)).toEqual(['w8a16', 'w8a8', 'w4a16', 'w4a8', 'w4', 'recipe']);
    const both = columnsOf(
      defaultQuantizationSettings,
      { tables: [], recipe: true },
      { tables: [], recipe: false },
    );
    expect(both.map(({ side, scheme }) => (side === 'model' ? scheme : `other ${scheme}`))).toEqual([
      ...defaultQuantizationSettings.schemes.flatMap(scheme => [scheme, `other ${scheme}`]),
      'recipe',
    ]);
  });

  it('count layers below the limit once something is measured', () => {
    const layers = layersOf([encoder], []);
    expect(countBelow(layers, column, 30)).toBe(2);
    expect(countBelow(layers, { side: 'model', scheme: 'w4a8' }, 30)).toBeNull();
    expect(countBelow(layers, { side: 'compared', scheme: 'w8a8' }, 30)).toBeNull();
  });

  it('fit the width where they can and are scrolled to where they cannot', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 3000 }), fc.integer({ min: 1, max: 18 }), (width, count) => {
        const layout = layoutOf(
          Array.from({ length: count }, () => column),
          width,
        );
        expect(layout.edges.length).toBe(count + 1);
        expect(layout.nameWidth).toBeGreaterThanOrEqual(Math.min(150, Math.floor(width / 2)));
        expect(layout.width).toBeGreaterThanOrEqual(width);
        expect(columnAt(layout, layout.nameWidth + 1, 0)).toBe(1);
        expect(columnAt(layout, layout.nameWidth - 1, 500)).toBe(0);
      }),
    );
    expect(scrollToShow({ start: 10, end: 20 }, { from: 15, length: 50 })).toBe(10);
    expect(scrollToShow({ start: 90, end: 110 }, { from: 15, length: 50 })).toBe(60);
    expect(scrollToShow({ start: 20, end: 30 }, { from: 15, length: 50 })).toBe(15);
  });
});

describe('two models', () => {
  it('share a row where a layer has the same name, and show the rest', () => {
    const first = graph('a.onnx', ['x', 'y'], { w8a8: [10, 20] });
    const second = graph('b.onnx', ['y', 'z'], { w8a8: [21, 31] });
    const layers = layersOf([first], [second]);
    expect(layers.map(layer => layer.unit.layer)).toEqual(['x', 'y', 'z']);
    const compared = { side: 'compared', scheme: 'w8a8' } as const;
    expect(layers.map(layer => cellOf(layer, column)?.sqnrDb)).toEqual([10, 20, undefined]);
    expect(layers.map(layer => cellOf(layer, compared)?.sqnrDb)).toEqual([undefined, 21, 31]);
  });
});

describe('keys', () => {
  const rows = rowsOf(partsFrom(encoder), choice());
  const extent = { rows, columns: 2, page: 4 };
  const press = (key: string, row: number, at = 0, ctrl = false) =>
    step({ row, column: at }, { key, ctrl }, extent);
  const to = (row: number, at: number) => ({ type: 'move', to: { row, column: at } });

  it('move and stay inside', () => {
    expect(press('ArrowDown', 0)).toEqual(to(1, 0));
    expect(press('ArrowUp', 0)).toEqual(to(-1, 0));
    expect(press('ArrowDown', rows.length - 1)).toEqual(to(rows.length - 1, 0));
    expect(press('PageDown', 1, 1)).toEqual(to(5, 1));
    expect(press('PageUp', 2)).toEqual(to(0, 0));
    expect(press('End', 1)).toEqual(to(1, 2));
    expect(press('End', 1, 0, true)).toEqual(to(rows.length - 1, 0));
    expect(press('Home', 3, 2, true)).toEqual(to(0, 0));
    expect(press('ArrowRight', 1, 2)).toEqual(to(1, 2));
  });

  it('open and close groups, go out of them, sort and open details', () => {
    expect(press('ArrowLeft', 0)).toEqual({ type: 'toggle', key: rows[0]?.key });
    expect(press('ArrowLeft', 3)).toEqual(to(2, 0));
    expect(press('Enter', 2)).toEqual({ type: 'toggle', key: rows[2]?.key });
    expect(press('Enter', 3, 1)).toEqual({ type: 'open', at: { row: 3, column: 1 } });
    expect(press('Enter', -1, 1)).toEqual({ type: 'sort', column: 1 });
    expect(press('x', 3)).toBeNull();
    const closed = rowsOf(partsFrom(encoder), choice({ collapsed: new Set([rows[0]?.key ?? '']) }));
    const right = step(
      { row: 0, column: 0 },
      { key: 'ArrowRight', ctrl: false },
      { ...extent, rows: closed },
    );
    expect(right).toEqual({ type: 'toggle', key: rows[0]?.key });
  });
});

describe('names', () => {
  it('lose what could hide or reorder text, and nothing else', () => {
    expect(visibleText('a\u0000b\u202ec\nd')).toBe('a\u{fffd}b\u{fffd}c\u{fffd}d');
    expect(visibleText('vision.stage2.block3/Größe 😀')).toBe('vision.stage2.block3/Größe 😀');
  });

  it('are shortened in their middle, never by half a character', () => {
    expect(shorten('vision.stage2.block3.attn.softmax', 20)).toBe('vision….attn.softmax');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 30 }), (text, length) => {
        const short = shorten(visibleText(text), length);
        expect(short.length).toBeLessThanOrEqual(Math.max(length, 2));
        expect(short).not.toMatch(/\p{Cs}/u);
      }),
    );
  });

  it('fit the room that is there', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 20, max: 400 }), (text, room) => {
        const measure = (part: string) => 7 * part.length;
        expect(measure(fitText(text, room, measure))).toBeLessThanOrEqual(Math.max(room, 14));
      }),
    );
  });

  it('share a prefix that ends with a separator', () => {
    expect(commonPrefix(['a.b.c', 'a.b.d'])).toBe('a.b.');
    expect(commonPrefix(['.x', 'y'])).toBe('');
    expect(commonPrefix(['a.bc'])).toBe('a.');
    expect(commonPrefix([])).toBe('');
    expect(partsFrom(graph('g', ['only']))[0]?.children.every(child => !isGroup(child))).toBe(true);
  });
});
