import type { ModelChoice, PromptEvent, Region, Turn } from '../../protocol/prompt';
import type { Card, Comparison } from '../../protocol/promptView';

/** A picture as the runtime reads it: `path` is absolute and on this machine, `name` is for people. */
export interface SessionPicture {
  name: string;
  path: string;
}

/** A card as the extension keeps it: it remembers its picture, since a panel's picture can be replaced. */
export interface CardRecord extends Omit<Card, 'pictureName' | 'comparison'> {
  picture: SessionPicture;
  comparison?: ComparisonRecord;
}

/** A comparison remembers what was said before: it may stand behind the very answer that it is about. */
export interface ComparisonRecord extends Comparison {
  turns: Turn[];
}

/** The card as the view draws it, beside the picture at `currentPath`. */
export function toViewCard(record: CardRecord, currentPath: string | undefined): Card {
  const { picture, comparison, ...rest } = record;
  const card: Card = comparison ? { ...rest, comparison: toViewComparison(comparison) } : rest;
  return picture.path === currentPath ? card : { ...card, pictureName: picture.name };
}

/** A copy, since the record goes on changing. */
function toViewComparison({ turns: _turns, ...comparison }: ComparisonRecord): Comparison {
  return comparison;
}

/**
 * The earlier turns of a conversation: finished cards about the same picture and region, answered by the same build.
 * Another region is another picture for the model, and another build must not be told its words were its own.
 */
export function turnsOf(earlier: readonly CardRecord[], card: CardRecord): Turn[] {
  return earlier
    .filter(
      other =>
        other.state === 'done' &&
        other.comparison === undefined &&
        other.picture.path === card.picture.path &&
        sameRegion(other.region, card.region) &&
        sameChoice(other.choice, card.choice),
    )
    .map(({ question, answer }) => ({ question, answer }));
}

/**
 * Appends an event and keeps the list bounded: every token event carries the whole answer so far, so only the first
 * (its time is the TTFT) and the latest stay.
 */
export function appendEvent(events: PromptEvent[], event: PromptEvent): void {
  const isToken = ({ type }: PromptEvent) => type === 'token';
  const latest = events.findLastIndex(isToken);
  if (event.type === 'token' && latest > events.findIndex(isToken)) {
    events.splice(latest, 1);
  }
  events.push(event);
}

function sameRegion(a: Region | undefined, b: Region | undefined): boolean {
  return a?.left === b?.left && a?.top === b?.top && a?.width === b?.width && a?.height === b?.height;
}

function sameChoice(a: ModelChoice, b: ModelChoice): boolean {
  return a.bundleDir === b.bundleDir && a.precision === b.precision && a.target === b.target;
}
