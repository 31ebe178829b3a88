import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { activated, closePanels, sample, until } from './studio';

const promptTabs = () =>
  vscode.window.tabGroups.all
    .flatMap(group => group.tabs)
    .filter(
      ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('autoneural.prompt'),
    );

describe('prompt panels', () => {
  afterEach(closePanels);

  it('open for a picture of the explorer, and their page comes up', async () => {
    const { prompts } = await activated();
    await vscode.commands.executeCommand('autoneural.promptPicture', sample('level-b6.png'));
    const [panel] = prompts.all;
    assert.equal(panel?.title, 'Prompt — level-b6.png');
    assert.equal(panel.session.picture?.path, sample('level-b6.png').fsPath);
    await until('the page', () => panel.ready);
    assert.deepEqual(
      promptTabs().map(({ label }) => label),
      ['Prompt — level-b6.png'],
    );
  });

  it('are one a picture: the same picture shows its panel again, another one gets its own', async () => {
    const { prompts } = await activated();
    const first = await prompts.open(sample('level-b6.png'));
    const second = await prompts.open(sample('street-night.png'));
    assert.notEqual(first, second);
    assert.equal(await prompts.open(sample('level-b6.png')), first);
    assert.equal(prompts.all.length, 2);
    assert.equal(first.viewColumn, second.viewColumn);
  });

  it('take the picture of the active tab when the command comes without one', async () => {
    const { prompts } = await activated();
    await vscode.commands.executeCommand('vscode.open', sample('door-parcel.png'));
    await vscode.commands.executeCommand('autoneural.promptPicture');
    assert.equal(prompts.all[0]?.title, 'Prompt — door-parcel.png');
  });

  it('open without a picture, once, and refuse a question about nothing', async () => {
    const { prompts } = await activated();
    await vscode.commands.executeCommand('autoneural.newPrompt');
    await vscode.commands.executeCommand('autoneural.newPrompt');
    assert.equal(prompts.all.length, 1);
    assert.equal(prompts.all[0]?.session.refusal('Where is the car?'), 'no-picture');
  });

  it('take back a session as it was saved, and start an empty one where nothing was', async () => {
    const { prompts } = await activated();
    const { session } = await prompts.open(sample('level-b6.png'));
    const reopened = async (state: unknown) => {
      const webviewPanel = vscode.window.createWebviewPanel(
        'autoneural.prompt',
        '',
        vscode.ViewColumn.Active,
      );
      await prompts.deserializeWebviewPanel(webviewPanel, state);
      return prompts.all.at(-1);
    };
    const restored = await reopened({ sessionId: session.id, draft: '' });
    assert.equal(restored?.title, 'Prompt — level-b6.png');
    assert.deepEqual(restored.session.content, session.content);
    assert.notEqual(restored.session, session);
    assert.deepEqual((await reopened({ from: 'elsewhere' }))?.session.content, { picture: null, cards: [] });
  });
});

describe('a picture that has no path on this machine', () => {
  afterEach(closePanels);

  it('is staged, and removed with its panel', async () => {
    const { prompts } = await activated();
    const png = await vscode.workspace.fs.readFile(sample('level-b6.png'));
    const scheme = 'autoneural-test';
    const provider = vscode.workspace.registerFileSystemProvider(scheme, readOnly(png), { isReadonly: true });
    try {
      const panel = await prompts.open(vscode.Uri.from({ scheme, path: '/far/away.png' }));
      const staged = vscode.Uri.file(panel.session.picture?.path ?? '');
      assert.deepEqual(await vscode.workspace.fs.readFile(staged), png);
      panel.close();
      const gone = () =>
        vscode.workspace.fs.stat(staged).then(
          () => false,
          () => true,
        );
      await until('removing the staged picture', gone);
    } finally {
      provider.dispose();
    }
  });
});

/** A file system of one file, as a virtual workspace would be. */
function readOnly(bytes: Uint8Array): vscode.FileSystemProvider {
  const refuse = () => {
    throw vscode.FileSystemError.NoPermissions();
  };
  return {
    onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
    watch: () => ({ dispose: () => undefined }),
    stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.byteLength }),
    readFile: () => bytes,
    readDirectory: () => [],
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}
