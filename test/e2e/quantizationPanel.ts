/** The quantization panel in the real workbench, as a person sees it. */
import type { Frame } from 'playwright-core';
import type { Workbench } from '../harness/workbench';

export class QuantizationPanel {
  readonly workbench: Workbench;
  readonly frame: Frame;

  private constructor(workbench: Workbench, frame: Frame) {
    this.workbench = workbench;
    this.frame = frame;
  }

  /** Runs the command and chooses a model by its name in the list. */
  static async open(workbench: Workbench, model: string): Promise<QuantizationPanel> {
    await workbench.runCommand('AutoNeural: Inspect Quantization');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: model }).first().click();
    return QuantizationPanel.find(workbench);
  }

  /** Finds the panel that is in sight. Its page may be loaded anew at any time before. */
  static async find(workbench: Workbench): Promise<QuantizationPanel> {
    return new QuantizationPanel(workbench, await workbench.webview('.app > header.top'));
  }

  /** Every number of figures that the map shows from now on, in order, until `stop` is called. */
  async recordFilling(): Promise<() => Promise<number[]>> {
    await this.frame.evaluate(() => {
      const seen: number[] = [];
      const count = () => {
        const cells = [...document.querySelectorAll('[role="treegrid"] td')];
        const figures = cells.filter(cell => /\d/.test(cell.textContent ?? '')).length;
        if (figures !== seen.at(-1)) seen.push(figures);
      };
      new MutationObserver(count).observe(document.body, {
        childList: true,
        characterData: true,
        subtree: true,
      });
      Object.assign(window, { figuresSeen: seen });
    });
    return () => this.frame.evaluate(() => ('figuresSeen' in window ? (window.figuresSeen as number[]) : []));
  }

  /** Waits for the end of the measurement; returns the sentence above the map. */
  async measured(timeoutMs = 120_000): Promise<string> {
    await this.frame
      .locator('[role="treegrid"] td')
      .first()
      .waitFor({ state: 'attached', timeout: timeoutMs });
    await this.frame.locator('.run-line progress').waitFor({ state: 'detached', timeout: timeoutMs });
    return (await this.frame.locator('h1').textContent()) ?? '';
  }

  /** Sorts by a column, worst first, and clicks its first cell. @returns the layer's name */
  async clickWorst(column: string): Promise<string> {
    const head = this.frame.locator('.head-strip .head.model', { hasText: column });
    await head.click();
    await this.frame.locator('[role="treegrid"] th[aria-sort="descending"]').waitFor({ state: 'attached' });
    const [headBox, mapBox] = await Promise.all([
      head.boundingBox(),
      this.frame.locator('.map-scroll canvas').boundingBox(),
    ]);
    if (!headBox || !mapBox) throw new Error('The map has no place.');
    await this.workbench.page.mouse.click(headBox.x + headBox.width / 2, mapBox.y + 10);
    await this.frame.locator('.big-figure').waitFor();
    return (await this.frame.locator('aside h2').textContent()) ?? '';
  }

  /** Goes down from the open layer until one has a rule that helps. @returns the rule's text */
  async findAdvice(): Promise<string> {
    const advice = this.frame.locator('pre.rule');
    for (let layer = 0; layer < 20; layer++) {
      await this.frame.getByText('What to do').waitFor({ timeout: 60_000 });
      if (await advice.isVisible()) return (await advice.textContent()) ?? '';
      await this.frame.locator('[role="treegrid"]').press('ArrowDown');
      await this.frame.locator('[role="treegrid"]').press('Enter');
      await this.frame
        .getByText('Measuring this layer…')
        .waitFor({ timeout: 2000 })
        .catch(() => undefined);
    }
    throw new Error('No rule helps any of the layers.');
  }

  /** Names of the columns of figures, as the map has them now. */
  async columns(): Promise<string[]> {
    return this.frame.locator('.head-strip .head-name').allTextContents();
  }
}
