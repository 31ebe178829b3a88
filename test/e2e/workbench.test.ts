import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from '../harness/workbench';

let workbench: Workbench;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples' });
});

afterAll(async () => {
  await workbench?.close();
});

it('offers the prompt command of the packaged extension', async () => {
  expect(await workbench.offersCommand('AutoNeural: Prompt Picture')).toBe(true);
  expect(await workbench.offersCommand('AutoNeural: No Such Command', 3000)).toBe(false);
});

it('shows every theme', async () => {
  for (const theme of ['dark', 'high-contrast', 'high-contrast-light', 'light'] as const) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`workbench-${theme}`);
  }
});
