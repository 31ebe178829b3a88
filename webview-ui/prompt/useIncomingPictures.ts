import { useEffect, useState } from 'preact/hooks';
import { type FromPromptView, maxPictureBytes } from '../../src/protocol/promptView';
import { droppedUri, mayBringPicture } from './dropped';

/**
 * Takes pictures that are dropped anywhere on the page or pasted while it has the focus.
 * @returns whether something that may be a picture is being dragged over the page
 */
export function useIncomingPictures(
  post: (message: FromPromptView) => void,
  notice: (text: string) => void,
): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (file: File) => void send(file, post, notice);
    const handlers = {
      dragover: (event: DragEvent) => {
        if (!mayBringPicture(event.dataTransfer?.types ?? [])) return;
        event.preventDefault();
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        setOver(false);
        const data = event.dataTransfer;
        if (!data || !mayBringPicture(data.types)) return;
        event.preventDefault();
        // A resource of the editor is preferred to its bytes: its path is the picture's identity for the caches.
        const uri = droppedUri(data);
        const file = data.files[0];
        if (uri !== null) post({ type: 'pictureUri', uri });
        else if (file) take(file);
      },
      paste: (event: ClipboardEvent) => {
        const file = event.clipboardData?.files[0];
        if (!file) return;
        event.preventDefault();
        take(file);
      },
    };
    document.addEventListener('dragover', handlers.dragover);
    document.addEventListener('dragleave', handlers.dragleave);
    document.addEventListener('drop', handlers.drop);
    document.addEventListener('paste', handlers.paste);
    return () => {
      document.removeEventListener('dragover', handlers.dragover);
      document.removeEventListener('dragleave', handlers.dragleave);
      document.removeEventListener('drop', handlers.drop);
      document.removeEventListener('paste', handlers.paste);
    };
  }, [post, notice]);
  return over;
}

async function send(file: File, post: (message: FromPromptView) => void, notice: (text: string) => void) {
  if (file.size > maxPictureBytes) {
    notice(
      `“${file.name}” has more than ${maxPictureBytes / 1024 ** 2} MiB: save it as a file and open it from the explorer.`,
    );
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  post({ type: 'pictureBytes', name: file.name.slice(-255), bytes });
}
