import { useCallback, useState } from 'preact/hooks';
import type { Region } from '../../src/protocol/prompt';
import type { Picture } from '../../src/protocol/promptView';
import type { PromptHost } from './promptHost';

/** The selected region. It belongs to the picture it was drawn on, and survives a reload of the page. */
export function useSelection(host: PromptHost, picture: Picture | null) {
  const [selection, setSelection] = useState(host.saved.selection);
  const src = picture?.src ?? null;
  const region = selection !== null && selection.src === src ? selection.region : null;
  const setRegion = useCallback(
    (to: Region | null) => {
      const next = to && src !== null ? { src, region: to } : null;
      setSelection(next);
      host.save({ selection: next });
    },
    [host, src],
  );
  return [region, setRegion] as const;
}
