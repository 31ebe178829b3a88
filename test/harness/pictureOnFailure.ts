/** A test that fails leaves a picture of every open workbench: .cache/screenshots/failed-TITLE.png. */
import { afterEach } from 'vitest';
import { openWorkbenches } from './workbench';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const title = task.name.replace(/\W+/g, '-').slice(0, 80);
  for (const workbench of openWorkbenches) await workbench.screenshot(`failed-${title}`);
});
