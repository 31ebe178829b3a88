import { version } from '../../../package.json';
import { diagnosticsText } from '../../devices/diagnostics';
import { findTarget } from '../../devices/local';
import { describeTargets } from '../../devices/targetFacts';
import { profileModel } from '../../profiling/profileModel';
import type { ToHost } from '../../protocol/host';
import type { ProfileEvent, TargetFacts } from '../../protocol/profile';
import type { RunRecord } from '../../protocol/runRecord';

const program = `autoneural-studio ${version}`;

/** @throws {StudioError} when nothing could be measured */
export async function profile(
  { choice, settings, cacheDir, threads }: Extract<ToHost, { type: 'profile' }>,
  onEvent: (event: ProfileEvent) => void,
  signal: AbortSignal,
): Promise<RunRecord> {
  const { bundleDir, precision } = choice;
  const target = findTarget(choice.target);
  return profileModel(
    { target, bundleDir, precision, cacheDir, threads, program },
    settings,
    onEvent,
    signal,
  );
}

/** Every target of this machine, and the same as text to copy. */
export async function targetFacts(): Promise<{ targets: TargetFacts[]; diagnostics: string }> {
  const targets = await describeTargets();
  return { targets, diagnostics: diagnosticsText(program, targets) };
}
