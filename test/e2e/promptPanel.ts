/** The prompt panel in the real workbench, as a person sees it. */
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from '../harness/workbench';

export class PromptPanel {
  readonly frame: Frame;
  readonly question: Locator;
  readonly cards: Locator;

  private constructor(frame: Frame) {
    this.frame = frame;
    this.question = frame.getByRole('textbox', { name: 'Question' });
    this.cards = frame.locator('.card');
  }

  /** Right-clicks a picture in the explorer and waits until the panel shows it. */
  static async openFromExplorer(workbench: Workbench, file: string): Promise<PromptPanel> {
    await workbench.explorerMenu(file, 'Prompt Picture');
    return PromptPanel.find(workbench, file);
  }

  /** Finds the panel that shows this picture. Its page may be loaded anew at any time before. */
  static async find(workbench: Workbench, file: string): Promise<PromptPanel> {
    const frame = await workbench.webview(`.caption bdi[title=${JSON.stringify(file)}]`);
    await frame.locator('.frame img, .no-preview').waitFor();
    return new PromptPanel(frame);
  }

  /** Finds the panel without a picture. */
  static async findEmpty(workbench: Workbench): Promise<PromptPanel> {
    return new PromptPanel(await workbench.webview('.empty'));
  }

  /** Types a question and sends it; returns its card. */
  async ask(question: string): Promise<Locator> {
    const before = await this.cards.count();
    await this.question.fill(question);
    await this.question.press('Enter');
    const card = this.cards.nth(before);
    await card.waitFor();
    return card;
  }

  /** Asks and waits for the end; returns the answer. */
  async answer(question: string): Promise<string> {
    const card = await this.ask(question);
    return this.endOf(card);
  }

  /** @throws with the reason when the card ended in another way than with an answer */
  async endOf(card: Locator): Promise<string> {
    await card.and(this.frame.locator(':not(.running)')).waitFor({ timeout: 60_000 });
    const failure = await card.locator('.failure p').allTextContents();
    if (failure.length > 0) throw new Error(`The card failed: ${failure.join(' ')}`);
    return (await card.locator('.answer').textContent()) ?? '';
  }

  /** Every text that the newest answer shows from now on, in order, until `stop` is called. */
  async recordAnswers(): Promise<() => Promise<string[]>> {
    await this.frame.evaluate(() => {
      const seen: string[] = [];
      const observer = new MutationObserver(() => {
        const text = [...document.querySelectorAll('.answer')].at(-1)?.textContent ?? '';
        if (text !== '' && text !== seen.at(-1)) seen.push(text);
      });
      observer.observe(document.body, { childList: true, characterData: true, subtree: true });
      Object.assign(window, { answersSeen: seen });
    });
    return () => this.frame.evaluate(() => ('answersSeen' in window ? (window.answersSeen as string[]) : []));
  }
}
