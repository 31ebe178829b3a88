import type { FromProfilingView } from '../../src/protocol/profilingView';

/** Sends a message to the extension. */
export type Post = (message: FromProfilingView) => void;
