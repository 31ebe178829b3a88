import { commands, env, l10n, type Uri } from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { ModelChoice } from '../../protocol/prompt';
import type { FromPromptView } from '../../protocol/promptView';
import { addModel } from '../models/addModel';
import { noticeFailure } from '../webview/notices';
import { checkSize, droppedPicture, pickPicture, toSessionPicture } from './chosenPicture';
import { comparisonText, quantizedBundle } from './comparisons';
import type { PromptPanel } from './panel';
import type { PromptServices } from './services';

/** Does what a message of the view (or a command) asks for; a failure becomes a notice in the view. */
export async function act(
  message: FromPromptView,
  panel: PromptPanel,
  services: PromptServices,
): Promise<void> {
  await noticeFailure(panel, services.log, () => perform(message, panel, services));
}

async function perform(message: FromPromptView, panel: PromptPanel, services: PromptServices): Promise<void> {
  const { session } = panel;
  switch (message.type) {
    case 'ready':
      return;
    case 'ask':
      return ask(panel, message.question, () => session.ask(message.question, message.region));
    case 'compareQuestion': {
      const { question, region, other } = message;
      checkKnown(other, services);
      return ask(panel, question, () => session.compareQuestion(question, other, region));
    }
    case 'compare':
      checkKnown(message.other, services);
      return compare(panel, message.cardId, message.other);
    case 'worstUnit':
      return worstUnit(panel, message.cardId);
    case 'stop':
      return session.stop();
    case 'again':
      return session.again(message.cardId);
    case 'copy':
      return withAnswer(panel, message.cardId, text => env.clipboard.writeText(text));
    case 'insert':
      return withAnswer(panel, message.cardId, text => services.insertion.insert(text));
    case 'delete':
      return session.delete(message.cardId);
    case 'clear':
      return session.clear();
    case 'pickPicture':
      return replacePicture(panel, services, await pickPicture());
    case 'pictureUri':
      return replacePicture(panel, services, droppedPicture(message.uri));
    case 'pictureBytes':
      checkSize(message.name, message.bytes.byteLength);
      session.showPicture(await services.staged.add(session.id, message.name, message.bytes));
      return panel.focusQuestion();
    case 'choose': {
      const { bundleDir, precision, target } = message;
      await services.models.choose({
        ...(bundleDir !== undefined && { bundleDir }),
        ...(precision !== undefined && { precision }),
        ...(target !== undefined && { target }),
      });
      return services.runtime.warm(services.models.choice);
    }
    case 'addModel':
      return addModel(services.models, services.runtime);
    case 'restart':
      return restart(services);
    case 'showLog':
      return services.log.show();
  }
}

/** Starts the runtime afresh and looks again at the bundles that could not be opened; asks no question again. */
export async function restart({ runtime, models }: PromptServices): Promise<void> {
  await runtime.restart();
  await models.reload();
}

/** A question that cannot be asked now goes back into the box, with the reason. */
async function ask(panel: PromptPanel, question: string, begin: () => Promise<void>): Promise<void> {
  const refusal = panel.session.refusal(question);
  if (refusal) {
    panel.focusQuestion(question);
    panel.notice(refusals()[refusal]);
    return;
  }
  await begin();
}

async function compare(panel: PromptPanel, cardId: string, other: ModelChoice): Promise<void> {
  if (panel.session.running) {
    panel.notice(refusals().busy);
    return;
  }
  await panel.session.compare(cardId, other);
}

/** @throws {StudioError} where the view names a build that this window does not offer */
function checkKnown({ bundleDir }: ModelChoice, { models }: PromptServices): void {
  if (!models.folders.includes(bundleDir)) {
    throw new StudioError(
      'bundle-missing',
      l10n.t('There is no model in {0} any more: choose another one to compare with.', bundleDir),
    );
  }
}

async function worstUnit(panel: PromptPanel, cardId: string): Promise<void> {
  const card = panel.session.cards.find(({ id }) => id === cardId);
  const modelPath = card && quantizedBundle(card);
  if (modelPath === undefined) {
    panel.notice(l10n.t('Neither side of this comparison is quantized: there is no unit to look for.'));
    return;
  }
  await commands.executeCommand('autoneural.inspectQuantization', { worstLayerOf: modelPath });
}

function refusals() {
  return {
    empty: l10n.t('The question is empty: type what you want to know about the picture.'),
    'no-picture': l10n.t('There is no picture to ask about: choose, drop or paste one first.'),
    busy: l10n.t('An answer is still running: stop it with Escape, or wait for its end.'),
  };
}

async function withAnswer(
  panel: PromptPanel,
  cardId: string,
  use: (text: string) => PromiseLike<void>,
): Promise<void> {
  const card = panel.session.cards.find(({ id }) => id === cardId);
  if (card?.answer) {
    await use(comparisonText(card));
  } else {
    panel.notice(l10n.t('This question has no answer yet.'));
  }
}

async function replacePicture(
  panel: PromptPanel,
  services: PromptServices,
  uri: Uri | undefined,
): Promise<void> {
  if (uri) {
    panel.session.showPicture(await toSessionPicture(uri, panel.session.id, services.staged));
    panel.focusQuestion();
  }
}
