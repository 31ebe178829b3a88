import { Button } from '../shared/Button';
import { PictureFrame } from '../shared/icons';

/** What the panel shows before it has a picture: the three ways to give it one. */
export function EmptyState({ onChoose }: { onChoose: () => void }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <PictureFrame />
      <h2 id="empty-title">Ask a picture a question</h2>
      <p>Drop a picture here, paste one, or choose a file. The model runs on this machine.</p>
      <Button kind="primary" onClick={onChoose}>
        Choose Picture…
      </Button>
      <p class="hint">Hold Shift while you drop a picture from the explorer.</p>
    </section>
  );
}
