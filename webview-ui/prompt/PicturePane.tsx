import { useState } from 'preact/hooks';
import type { ModelInfo } from '../../src/protocol/models';
import type { Region } from '../../src/protocol/prompt';
import type { FromPromptView, Picture } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { Cross, PictureFrame } from '../shared/icons';
import { RegionSelector } from './RegionSelector';
import { fitRegion, regionLabel, type Size } from './regionGeometry';

interface Props {
  picture: Picture;
  model: ModelInfo | undefined;
  region: Region | null;
  onRegion: (region: Region | null) => void;
  post: (message: FromPromptView) => void;
}

/** The picture in question, what the model will see of it, and the selected region. */
export function PicturePane({ picture, model, region, onRegion, post }: Props) {
  const [loaded, setLoaded] = useState<{ src: string; size: Size | null } | null>(null);
  const size = loaded?.src === picture.src ? loaded.size : null;
  const failed = loaded?.src === picture.src && loaded.size === null;
  return (
    <section class="picture" aria-label="Picture">
      {failed ? (
        <div class="no-preview">
          <PictureFrame />
          <p>The editor cannot show this file as a picture: its format is unknown here, or it is damaged.</p>
        </div>
      ) : (
        <RegionSelector
          key={picture.src}
          name={picture.name}
          src={picture.src}
          size={size}
          region={region}
          onRegion={onRegion}
          onSize={found => {
            setLoaded({ src: picture.src, size: found });
            if (found && region) onRegion(fitRegion(region, found));
          }}
        />
      )}
      <p class="caption">{caption(picture, size, failed ? undefined : model)}</p>
      <p class="region-row" role="status">
        {region ? (
          <button
            type="button"
            class="chip"
            title="Ask about the whole picture again"
            aria-label={`Remove the region ${regionLabel(region)}`}
            onClick={event => {
              // The button goes with its region; the focus belongs to the picture then.
              event.currentTarget.closest('.picture')?.querySelector<HTMLElement>('.frame')?.focus();
              onRegion(null);
            }}
          >
            {`region ${region.left}, ${region.top}, ${region.width} × ${region.height}`}
            <Cross />
          </button>
        ) : (
          !failed && 'Drag on the picture to ask about a part of it.'
        )}
      </p>
      <p class="hint" title="From the explorer, hold Shift while you drop.">
        Drop or paste another, or{' '}
        <Button kind="link" onClick={() => post({ type: 'pickPicture' })}>
          choose a file
        </Button>
        .
      </p>
      <p id="region-hint" hidden>
        Arrow keys select a region and move it, with Shift they resize it, with Control they go by one pixel;
        Escape removes it.
      </p>
    </section>
  );
}

/** `level-b6.png · 1024 × 1024 → 128 × 128 · 64 image tokens`, as far as it is known. */
function caption(picture: Picture, size: Size | null, model: ModelInfo | undefined) {
  const from = size && `${size.width} × ${size.height}`;
  const to = model && `${model.imageSize} × ${model.imageSize}`;
  const pixels = [from, to].filter(Boolean).join(' → ');
  return (
    <>
      <bdi title={picture.name}>{picture.name}</bdi>
      {pixels && ` · ${pixels}`}
      {model && ` · ${model.imageTokens} image tokens`}
    </>
  );
}
