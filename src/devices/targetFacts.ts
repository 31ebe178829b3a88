import { defaultThreads, loadOrt } from '../engine/onnxRuntime';
import type { TargetFacts } from '../protocol/profile';
import { identifyMachine } from './machine';
import { unavailable } from './probe';
import { type LocalProvider, localProviders } from './providers';
import { LocalSensors } from './sensors';

/**
 * Every target of this machine: those that ONNX Runtime lists here, usable or not. Probing loads native libraries, so it
 * is done in a process that may be lost.
 */
export async function describeTargets(): Promise<TargetFacts[]> {
  const listed = (await loadOrt()).listSupportedBackends().map(({ name }) => name);
  const here = localProviders.filter(({ provider }) => listed.includes(provider));
  return Promise.all(here.map(describeTarget));
}

async function describeTarget(provider: LocalProvider): Promise<TargetFacts> {
  const { device, versions } = await identifyMachine();
  const why = await unavailable(provider);
  const sensors = new LocalSensors();
  const { temperaturesC, ...reading } = sensors.read();
  const silent = Object.entries(sensors.missing).map(([what, reason]) => ({ what, reason, fix: null }));
  return {
    id: provider.targetId,
    label: provider.label,
    available: why === null,
    ...(why !== null && { reason: why.problem }),
    provider: provider.provider,
    device,
    threads: defaultThreads(),
    versions: { ...versions },
    sample: { ...reading, temperaturesC: temperaturesC && { ...temperaturesC } },
    missing: why === null ? silent : [{ what: 'provider', reason: why.problem, fix: why.fix }, ...silent],
  };
}
