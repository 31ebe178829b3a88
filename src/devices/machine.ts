import { availableParallelism, cpus, hostname, release, totalmem } from 'node:os';
import type { TargetIdentity } from '../engine/measuredModel';
import { loadOrt } from '../engine/onnxRuntime';

/** This machine, as far as a run record has to tell it from others, and the versions that decide its speed. */
export async function identifyMachine(): Promise<TargetIdentity> {
  const ort = await loadOrt();
  const [processor] = cpus();
  return {
    device: {
      name: hostname(),
      os: `${process.platform} ${release()}`,
      arch: process.arch,
      processor: processor?.model.trim() || null,
      cores: availableParallelism(),
      memoryBytes: usableMemory(),
    },
    versions: {
      node: process.versions.node,
      // env.versions.node is that of the binding and its library; common is the JavaScript around it.
      onnxruntime: ort.env.versions.node ?? ort.env.versions.common,
    },
  };
}

/** A container may allow less than the machine has. */
function usableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < totalmem() ? allowed : totalmem();
}
