import type { FromQuantizationView } from '../../src/protocol/quantizationView';

/** Sends a message to the extension. */
export type Post = (message: FromQuantizationView) => void;
