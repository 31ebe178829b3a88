import type { FromProfilingView, ToProfilingView } from '../../src/protocol/profilingView';
import type { Host } from '../shared/host';
import type { Saved } from './saved';

export type ProfilingHost = Host<FromProfilingView, ToProfilingView, Saved>;
