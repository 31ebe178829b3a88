import { l10n } from 'vscode';
import type { Failure } from '../../protocol/failure';

/** The outcome of whatever measures, reads or writes for a person in Restricted Mode. */
export function refusedInRestrictedMode(): { ok: false; failure: Failure } {
  return {
    ok: false,
    failure: {
      kind: 'usage',
      message: l10n.t('Nothing is measured in Restricted Mode: trust this workspace first.'),
    },
  };
}
