import type { FromQuantizationView, ToQuantizationView } from '../../src/protocol/quantizationView';
import type { Host } from '../shared/host';
import type { Saved } from './saved';

export type QuantizationHost = Host<FromQuantizationView, ToQuantizationView, Saved>;
