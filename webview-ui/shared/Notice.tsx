import { Button } from './Button';
import { Cross } from './icons';

/** A passing remark of the extension, e.g. that something dropped was no picture. */
export function Notice({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <div class="notice" role="alert">
      <span dir="auto">{text}</span>
      <Button kind="link" label="Dismiss" onClick={onDismiss}>
        <Cross />
      </Button>
    </div>
  );
}
