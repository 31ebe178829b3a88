/** What the tests inside the extension host share: the activated extension, its samples, waiting. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { StudioApi } from '../../src/extension/extension';

export const extensionId = 'autoneural-studio.autoneural-studio';

export function extension(): vscode.Extension<StudioApi> {
  const found = vscode.extensions.getExtension<StudioApi>(extensionId);
  assert.ok(found, `${extensionId} is not installed`);
  return found;
}

export async function activated(): Promise<StudioApi> {
  return extension().activate();
}

/** A picture of the sample workspace that the tests run in. */
export function sample(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the tests need the sample workspace');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Where the sample workspace keeps its runs. */
export function runsFolder(): string {
  return sample(path.join('.autoneural', 'runs')).fsPath;
}

/** Names of the files in {@link runsFolder}, sorted. */
export function runFiles(): string[] {
  return existsSync(runsFolder()) ? readdirSync(runsFolder()).sort() : [];
}

/** What a file in {@link runsFolder} holds. */
export function runJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(runsFolder(), file), 'utf8'));
}

export function bundleDir(): string {
  return path.join(extension().extensionPath, 'models', 'autoneural-nano');
}

/** Waits until `holds`; fails after `timeoutMs`. */
export async function until(
  what: string,
  holds: () => boolean | PromiseLike<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `${what} did not happen within ${timeoutMs} ms`);
    await delay(20);
  }
}

/** Closes every prompt panel, which ends their sessions. */
export async function closePanels(): Promise<void> {
  const { prompts } = await activated();
  for (const panel of prompts.all) {
    panel.close();
  }
  await until('closing the panels', () => prompts.all.length === 0);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
