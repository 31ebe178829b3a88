import type { FromClaimsView, ToClaimsView } from '../../src/protocol/claimsView';
import type { Host } from '../shared/host';
import type { Saved } from './saved';

export type ClaimsHost = Host<FromClaimsView, ToClaimsView, Saved>;
/** Sends a message to the extension. */
export type Post = ClaimsHost['post'];
