import {
  type Disposable,
  l10n,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { precisionLabels } from '../../protocol/prompt';
import type { ModelShelf } from '../models/shelf';
import type { PromptPanels } from '../prompt/panels';
import type { RuntimeDoor } from '../runtimeDoor';
import { type Mood, moodOf } from './statusText';

const icons: Record<Mood, string> = {
  answering: '$(loading~spin)',
  starting: '$(loading~spin)',
  stopped: '$(warning)',
  ready: '$(eye)',
  idle: '$(eye)',
};

/** The model and how it is, in the status bar; a click offers what can be done. */
export function registerStatusBar(
  runtime: RuntimeDoor,
  models: ModelShelf,
  prompts: PromptPanels,
): Disposable[] {
  const item = window.createStatusBarItem('autoneural.model', StatusBarAlignment.Right, 90);
  item.name = l10n.t('AutoNeural Model');
  item.command = 'autoneural.showActions';
  const draw = () => {
    const { choice } = models;
    const name = models.nameOf(choice.bundleDir);
    const host = runtime.hostOf(choice);
    const mood = moodOf(runtime.state, host, prompts.answering);
    const state = describe(mood);
    const target = models.targets.find(({ id }) => id === choice.target)?.label ?? choice.target;
    const facts = [
      l10n.t('Precision: {0}', precisionLabels[choice.precision]),
      l10n.t('Target: {0}', target),
      host?.rssMiB ? l10n.t('Memory: {0} MiB', Math.round(host.rssMiB)) : '',
      mood === 'stopped' ? (host?.message ?? runtime.state.message ?? '') : '',
      workspace.isTrusted ? '' : l10n.t('Restricted Mode: only the shipped model may run'),
    ].filter(Boolean);
    item.text = `${icons[mood]} ${name}`;
    item.tooltip = new MarkdownString().appendText([`${name}: ${state}`, ...facts].join('\n'));
    item.backgroundColor = mood === 'stopped' ? new ThemeColor('statusBarItem.warningBackground') : undefined;
    item.accessibilityInformation = { label: `AutoNeural, ${name}, ${state}`, role: 'button' };
  };
  draw();
  item.show();
  return [
    item,
    runtime.onDidChange(draw),
    models.onDidChange(draw),
    prompts.onDidChange(draw),
    workspace.onDidGrantWorkspaceTrust(draw),
  ];
}

function describe(mood: Mood): string {
  switch (mood) {
    case 'answering':
      return l10n.t('answering');
    case 'starting':
      return l10n.t('starting');
    case 'stopped':
      return l10n.t('stopped');
    case 'ready':
      return l10n.t('ready');
    case 'idle':
      return l10n.t('starts with the first question');
  }
}
