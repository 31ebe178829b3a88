/**
 * How long `activate` takes, as VS Code itself measures it ("Show Running Extensions"), in a fresh editor each time.
 * `npm run activation -- --n 5`
 */
import { PromptPanel } from '../test/e2e/promptPanel';
import { openWorkbench, packageForTests } from '../test/harness/workbench';
import { describeSummary, machine, numberArgument, summarize } from './summary';

/** @returns milliseconds */
async function activationMs(): Promise<number> {
  // Tall, since the list draws only the rows in sight.
  const workbench = await openWorkbench({ folder: 'samples', size: { width: 1280, height: 2000 } });
  try {
    await PromptPanel.openFromExplorer(workbench, 'dashboard-87.png');
    await workbench.runCommand('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .extension', {
      hasText: 'AutoNeural Studio',
    });
    const text = (await row.locator('.activation-time').textContent()) ?? '';
    const found = /(\d+)\s*ms/.exec(text);
    if (!found) throw new Error(`The editor says no activation time: "${text}"`);
    return Number(found[1]);
  } finally {
    await workbench.close();
  }
}

const n = numberArgument('--n', 5);
await packageForTests();
const times: number[] = [];
for (let opened = 0; opened < n; opened++) times.push(await activationMs());
console.log(machine());
console.log(describeSummary('activation', 'ms', summarize(times)));
