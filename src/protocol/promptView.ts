import * as v from 'valibot';
import type { CompareResult } from './compare';
import type { Failure } from './failure';
import type { ModelInfo, TargetInfo } from './models';
import {
  type ModelChoice,
  modelChoiceSchema,
  type PromptEvent,
  type PromptResult,
  precisionSchema,
  type Region,
  regionSchema,
} from './prompt';

/** The other side of a card that compares: `choice` and `answer` of the card are those of the first side. */
export interface Comparison {
  choice: ModelChoice;
  /** The other side's answer so far. */
  answer: string;
  /** What is being done now; null before and after. */
  status: string | null;
  result?: CompareResult;
}

/** One question and its answer. The extension owns the list; the view draws it. */
export interface Card {
  id: string;
  question: string;
  region?: Region;
  choice: ModelChoice;
  state: 'running' | 'done' | 'stopped' | 'failed';
  /** Name of the card's picture, set only where it is not the picture the panel shows now. */
  pictureName?: string;
  /** The answer so far. */
  answer: string;
  /** Progress so far, bounded: of the token events only the first and the latest are kept. */
  events: PromptEvent[];
  result?: PromptResult;
  failure?: Failure;
  /** Set where the question was asked of two builds. */
  comparison?: Comparison;
}

export interface Picture {
  /** File name for people. */
  name: string;
  /** Webview URI of the picture's bytes. */
  src: string;
}

/**
 * What the view keeps with `setState` (on every keystroke): the editor may unload it at any time, on a hidden tab or
 * a window reload. The extension finds the cards again by `sessionId`; the draft is the view's own.
 */
export const savedPromptViewSchema = v.object({
  sessionId: v.pipe(v.string(), v.maxLength(64)),
  draft: v.string(),
});
export type SavedPromptView = v.InferOutput<typeof savedPromptViewSchema>;

/**
 * `data-vscode-context` (as JSON) of a card's element: the editor's own context menu then offers copy, insert, ask
 * again and delete for this card.
 */
export interface CardMenuContext {
  webviewSection: 'card';
  cardId: string;
  preventDefaultContextMenuItems: true;
}

/** Everything the view draws; sent whole on `ready` and whenever more than one card's progress changed. */
export interface PromptViewState {
  /** To be kept in {@link SavedPromptView}. */
  sessionId: string;
  picture: Picture | null;
  models: ModelInfo[];
  targets: TargetInfo[];
  choice: ModelChoice;
  cards: Card[];
  runtime: { state: 'starting' | 'ready' | 'stopped'; message?: string };
  trusted: boolean;
}

/** Extension -> webview. */
export type ToPromptView =
  | { type: 'state'; state: PromptViewState }
  | { type: 'event'; cardId: string; event: PromptEvent }
  | { type: 'card'; card: Card }
  /** What happened in a moment, in order: drawn once. */
  | { type: 'batch'; messages: ToPromptView[] }
  /** Focus the question box; `draft` is put back into it where a question could not be asked. */
  | { type: 'focusQuestion'; draft?: string }
  | { type: 'notice'; message: string };

/** Larger pictures are not sent through the view's message channel; from the disk they need not be. */
export const maxPictureBytes = 50 * 1024 * 1024;

/** A build that the view names; whether it is one of the known ones, the extension checks. */
const other = v.object({
  ...modelChoiceSchema.entries,
  bundleDir: v.pipe(v.string(), v.maxLength(8192)),
  target: v.pipe(v.string(), v.maxLength(255)),
});

const cardId = v.pipe(v.string(), v.maxLength(64));

/** Webview -> extension; checked, since a webview is a boundary. */
export const fromPromptViewSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({
    type: v.literal('ask'),
    question: v.pipe(v.string(), v.maxLength(100_000)),
    region: v.optional(regionSchema),
  }),
  /** Asks the build of the next question and another one, and compares what they say. */
  v.object({
    type: v.literal('compareQuestion'),
    question: v.pipe(v.string(), v.maxLength(100_000)),
    region: v.optional(regionSchema),
    other,
  }),
  /** The same of a card's question and build. */
  v.object({ type: v.literal('compare'), cardId, other }),
  /** Shows which unit of the quantized model of a comparison is hurt most. */
  v.object({ type: v.literal('worstUnit'), cardId }),
  v.object({ type: v.literal('stop') }),
  v.object({ type: v.literal('again'), cardId }),
  v.object({ type: v.literal('copy'), cardId }),
  v.object({ type: v.literal('insert'), cardId }),
  v.object({ type: v.literal('delete'), cardId }),
  v.object({ type: v.literal('clear') }),
  v.object({ type: v.literal('pickPicture') }),
  /** Bytes of a pasted or dropped picture. */
  v.object({
    type: v.literal('pictureBytes'),
    name: v.pipe(v.string(), v.maxLength(255)),
    bytes: v.instance(Uint8Array),
  }),
  /** URIs of pictures dropped from the explorer. */
  v.object({ type: v.literal('pictureUri'), uri: v.pipe(v.string(), v.maxLength(8192)) }),
  v.object({
    type: v.literal('choose'),
    bundleDir: v.optional(v.string()),
    precision: v.optional(precisionSchema),
    target: v.optional(v.string()),
  }),
  v.object({ type: v.literal('addModel') }),
  v.object({ type: v.literal('restart') }),
  v.object({ type: v.literal('showLog') }),
]);
export type FromPromptView = v.InferOutput<typeof fromPromptViewSchema>;
