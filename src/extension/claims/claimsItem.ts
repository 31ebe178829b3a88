import { l10n, MarkdownString, ThemeIcon, TreeItem } from 'vscode';
import type { ListedClaims } from '../../protocol/claimsRun';
import { dateWords } from '../profiling/runWords';

/** A comparison with the paper in the list of runs. */
export function claimsItem(element: ListedClaims): TreeItem {
  const { names, date, status, verdicts, file } = element;
  const item = new TreeItem(l10n.t('{0} against {1}', ...names));
  const held = verdicts.filter(verdict => verdict === 'holds').length;
  const partly = verdicts.filter(verdict => verdict === 'holds partly').length;
  const words = [
    l10n.t('paper: {0} of {1} claims hold, {2} partly', held, verdicts.length, partly),
    dateWords(date),
    ...(status === 'partial' ? [l10n.t('partial')] : []),
  ].join(' · ');
  item.contextValue = 'claims';
  item.description = words;
  item.iconPath = new ThemeIcon('law');
  item.tooltip = new MarkdownString()
    .appendText(String(item.label))
    .appendMarkdown('\n\n')
    .appendText(words)
    .appendMarkdown('\n\n')
    .appendText(file);
  item.command = {
    command: 'autoneural.openPaperComparison',
    title: l10n.t('Open Comparison with the Paper'),
    arguments: [element],
  };
  return item;
}
