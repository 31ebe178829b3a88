import * as v from 'valibot';
import { type Disposable, l10n, Uri, window } from 'vscode';
import { registerCommand } from './commandReport';
import { addModel, removeModel } from './models/addModel';
import type { ModelShelf } from './models/shelf';
import { activePicture, pickPicture } from './prompt/chosenPicture';
import { pickOtherBuild } from './prompt/otherBuild';
import type { PromptPanel } from './prompt/panel';
import type { PromptPanels } from './prompt/panels';
import type { PromptServices } from './prompt/services';
import { act, restart } from './prompt/viewActions';
import { activeModel, modelPathOf, pickModel } from './quantization/chosenModel';
import type { QuantizationPanels } from './quantization/panels';
import { showWorstLayer } from './quantization/worstLayer';
import { showActions } from './status/actions';

/** What a command of a card's context menu is given: the card's `data-vscode-context`. */
const cardContextSchema = v.object({ cardId: v.string() });

/** What a comparison asks for: the quantization of a model, at its worst layer. */
const worstLayerSchema = v.object({ worstLayerOf: v.string() });

/** Registers every command of the manifest. */
export function registerCommands(
  services: PromptServices,
  prompts: PromptPanels,
  quantizations: QuantizationPanels,
): Disposable[] {
  const { models, runtime, log } = services;
  const onCard = (type: 'again' | 'copy' | 'insert' | 'delete') => async (context?: unknown) => {
    const panel = prompts.active;
    const cardId = panel && cardIdOf(panel, context);
    if (panel && cardId !== undefined) {
      await act({ type, cardId }, panel, services);
    }
  };
  const handlers: Record<string, (argument?: unknown) => unknown> = {
    promptPicture: argument => promptPicture(prompts, argument),
    newPrompt: () => prompts.open(),
    stopAnswer: () => prompts.active?.session.stop(),
    askAgain: onCard('again'),
    copyAnswer: onCard('copy'),
    insertAnswer: onCard('insert'),
    deleteAnswer: onCard('delete'),
    compareAnswer: context => compareAnswer(prompts, services, context),
    clearSession: () => prompts.active?.session.clear(),
    restartRuntime: () => restart(services),
    showLog: () => log.show(),
    showActions: () => showActions(),
    inspectQuantization: argument => inspectQuantization(quantizations, prompts, models, argument),
    selectModelFolder: () => addModel(models, runtime),
    useModel: argument => useModel(models, argument),
    removeModelFolder: argument => typeof argument === 'string' && removeModel(models, argument),
  };
  return Object.entries(handlers).map(([name, handler]) =>
    registerCommand(`autoneural.${name}`, handler, log),
  );
}

/** From a menu with its file, from the palette with the picture in the active tab, or else asking which. */
async function promptPicture(prompts: PromptPanels, argument: unknown): Promise<void> {
  const uri = argument instanceof Uri ? argument : (activePicture() ?? (await pickPicture()));
  if (uri) {
    await prompts.open(uri);
  }
}

/** From a menu with its model, from a prompt panel with the model that answers, or else asking which. */
async function inspectQuantization(
  quantizations: QuantizationPanels,
  prompts: PromptPanels,
  models: ModelShelf,
  argument: unknown,
): Promise<void> {
  const asked = v.safeParse(worstLayerSchema, argument);
  if (asked.success) {
    showWorstLayer(quantizations.open(asked.output.worstLayerOf));
    return;
  }
  const modelPath =
    modelPathOf(argument) ??
    (prompts.active && models.choice.bundleDir) ??
    activeModel() ??
    (await pickModel(models, l10n.t('Inspect Quantization')));
  if (modelPath !== undefined) {
    quantizations.open(modelPath);
  }
}

/** Of the card whose menu was used, with another build that the person chooses. */
async function compareAnswer(
  prompts: PromptPanels,
  services: PromptServices,
  context: unknown,
): Promise<void> {
  const panel = prompts.active;
  const cardId = panel && cardIdOf(panel, context);
  const card = panel?.session.cards.find(({ id }) => id === cardId);
  const other = card && (await pickOtherBuild(services.models, card.choice));
  if (panel && card && other) {
    await act({ type: 'compare', cardId: card.id, other }, panel, services);
  }
}

/** The card whose menu was used; from the palette or a key, the latest card. */
function cardIdOf(panel: PromptPanel, context: unknown): string | undefined {
  const parsed = v.safeParse(cardContextSchema, context);
  return parsed.success ? parsed.output.cardId : panel.session.cards.at(-1)?.id;
}

/** The argument is the folder; from the palette there is none, and the person chooses among the known ones. */
async function useModel(models: ModelShelf, argument: unknown): Promise<void> {
  if (typeof argument === 'string') {
    return models.choose({ bundleDir: argument });
  }
  await models.load();
  const items = models.models.map(({ name, bundleDir }) => ({
    label: name,
    description: bundleDir,
    bundleDir,
  }));
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Use Model'),
    placeHolder: l10n.t('Choose the model that answers the next question'),
  });
  if (picked) {
    await models.choose({ bundleDir: picked.bundleDir });
  }
}
