import type { FromPromptView, ToPromptView } from '../../src/protocol/promptView';
import type { Host } from '../shared/host';
import type { Saved } from './saved';

export type PromptHost = Host<FromPromptView, ToPromptView, Saved>;
