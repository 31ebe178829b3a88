import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { commands } from 'vscode';
import { worstLayer } from '../../src/extension/quantization/worstLayer';
import { QuantizationClient } from '../../src/extension/runtime/quantizationClient';
import type { ModelChoice } from '../../src/protocol/prompt';
import { type InspectionEvent, quantizedColumn } from '../../src/protocol/quantization';
import { activated, bundleDir, sample, until } from './studio';

const recipePath = () => path.join(bundleDir(), 'quantization', 'w8a16-w4a16.quant.yaml');

describe('a model that is exported', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'autoneural-export-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function exported(name: string, onEvent: (event: InspectionEvent) => void, signal: AbortSignal) {
    const { client } = await activated();
    const outDir = path.join(folder, name);
    const params = { modelPath: bundleDir(), recipePath: recipePath(), outDir };
    return { outDir, outcome: await new QuantizationClient(client).apply(params, onEvent, signal) };
  }

  async function answerOf(choice: Omit<ModelChoice, 'target'>): Promise<number[]> {
    const { client } = await activated();
    const input = {
      imagePath: sample('level-b6.png').fsPath,
      turns: [],
      question: 'What does the sign say?',
    };
    const signal = new AbortController().signal;
    const outcome = await client.prompt({ ...choice, target: 'local-cpu' }, input, () => undefined, signal);
    assert.ok(outcome.ok, outcome.ok ? '' : outcome.failure.message);
    assert.equal(outcome.result.precision, choice.precision);
    return outcome.result.tokenIds;
  }

  it('answers through the runtime as the precision that ships, and tells meanwhile what is done', async () => {
    const said: string[] = [];
    const { outDir, outcome } = await exported(
      'whole',
      event => event.type === 'status' && said.push(event.message),
      new AbortController().signal,
    );
    assert.ok(outcome.ok, outcome.ok ? '' : outcome.failure.message);
    assert.ok(outcome.result.promptable);
    assert.ok(
      said.some(message => message.startsWith('Writing onnx/decoder.onnx: ')),
      said.join(),
    );
    const { client } = await activated();
    const model = await client.model(outDir);
    assert.ok(model.ok, model.ok ? '' : model.failure.message);
    assert.deepEqual(model.model.precisions, ['recipe']);
    assert.deepEqual(
      await answerOf({ bundleDir: outDir, precision: 'recipe' }),
      await answerOf({ bundleDir: bundleDir(), precision: 'w8a16-w4a16' }),
    );
  }).timeout(300_000);

  it('is measured in its panel against the float model, which is found, and shows its worst layer', async () => {
    const { quantizations } = await activated();
    await commands.executeCommand('autoneural.inspectQuantization', {
      worstLayerOf: path.join(folder, 'whole'),
    });
    const panel = quantizations.all.at(-1) ?? assert.fail('there is no panel');
    const { session } = panel;
    await until('the end of the measurement', () => session.model.report !== null, 240_000);
    assert.equal(session.model.facts.originalPath, bundleDir());
    const report = session.model.report ?? assert.fail('there is no report');
    assert.equal(report.quantized?.name, 'whole');
    const layer = worstLayer(report) ?? assert.fail('no layer has an error');
    const graph = report.graphs.find(({ layers }) => layers.some(each => each.layer === layer));
    const cell = { side: 'model', graph: graph?.name ?? '', layer, scheme: quantizedColumn } as const;
    const figures = graph?.layers.find(each => each.layer === layer)?.results;
    const measured = figures?.find(({ scheme }) => scheme === quantizedColumn)?.sqnrDb;
    const detail = await session.detail(cell);
    assert.ok(detail.ok, detail.ok ? '' : detail.failure.message);
    // The file is what its recipe says: ranges that ship come from more pictures than those of the panel.
    assert.ok(Math.abs((detail.detail.accumulated.sqnrDb ?? 0) - (measured ?? 99)) < 4);
    panel.close();
  }).timeout(300_000);

  it('leaves nothing behind when it is stopped', async () => {
    const before = await readdir(folder);
    const abort = new AbortController();
    const { outcome } = await exported(
      'stopped',
      event => event.type === 'status' && event.message.startsWith('Writing') && abort.abort(),
      abort.signal,
    );
    assert.equal(outcome.ok ? 'ok' : outcome.failure.kind, 'cancelled');
    assert.deepEqual(await readdir(folder), before);
  }).timeout(300_000);
});
