/**
 * `node scripts/run-typescript.mjs test/e2e/screenshots.ts`: makes the pictures of the README anew, in
 * media/screenshots, from the real workbench with the packaged extension. Every figure in them was just measured.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../scripts/process.mjs';
import { openWorkbench, packageForTests, type Theme } from '../harness/workbench';
import { PromptPanel } from './promptPanel';

const folder = path.join(root, 'media', 'screenshots');
await mkdir(folder, { recursive: true });
await packageForTests();
const workbench = await openWorkbench({ folder: 'samples', size: { width: 1280, height: 800 } });
try {
  const panel = await PromptPanel.openFromExplorer(workbench, 'level-b6.png');
  // The first answer of a process is slower than all later ones; the picture shows those.
  await panel.answer('What do you see?');
  await panel.frame.getByRole('button', { name: 'clear' }).click();
  await panel.cards.first().waitFor({ state: 'detached' });
  await panel.answer('What does the sign say?');
  await panel.answer('How many empty spaces do you see?');
  await panel.answer('Tell me the color of the top middle car.');
  await selectRegion(panel);
  for (const theme of ['dark', 'light'] satisfies Theme[]) {
    await workbench.setTheme(theme);
    await panel.frame.locator(`body.vscode-${theme}`).waitFor();
    await panel.question.focus();
    // The workbench fades its status bar from one theme's colour to the other's.
    await workbench.page.waitForTimeout(1000);
    await workbench.page.screenshot({ path: path.join(folder, `prompt-${theme}.png`) });
  }
} finally {
  await workbench.close();
}

/** Draws a rectangle around the car in the middle of the upper row. */
async function selectRegion({ frame }: PromptPanel): Promise<void> {
  const box = await frame.locator('.frame').boundingBox();
  if (!box) throw new Error('The picture has no place.');
  const { mouse } = workbench.page;
  await mouse.move(box.x + box.width * 0.36, box.y + box.height * 0.28);
  await mouse.down();
  await mouse.move(box.x + box.width * 0.61, box.y + box.height * 0.6, { steps: 4 });
  await mouse.up();
}
