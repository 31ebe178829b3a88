import type { Region } from '../protocol/prompt';

/** A picture as the decoder reads it. */
export interface SeenPicture {
  /** [1, image tokens, d] */
  embeds: Float32Array;
  /** Pixels of what was looked at, before scaling. */
  width: number;
  height: number;
}

/** The same picture under another name is the same; another region of it is another. */
export function pictureIdentity(sha256: string, region: Region | undefined): string {
  return region === undefined
    ? sha256
    : [sha256, region.left, region.top, region.width, region.height].join(':');
}

/** The pictures that were looked at last, so that no question about them waits for the encoder again. */
export class PictureMemory {
  private readonly pictures = new Map<string, SeenPicture>();

  constructor(private readonly limit = 8) {}

  get(identity: string): SeenPicture | undefined {
    const picture = this.pictures.get(identity);
    if (picture !== undefined) this.add(identity, picture);
    return picture;
  }

  /** Adds or renews a picture; the one unused for longest goes when there are too many. */
  add(identity: string, picture: SeenPicture): void {
    this.pictures.delete(identity);
    this.pictures.set(identity, picture);
    for (const oldest of this.pictures.keys()) {
      if (this.pictures.size <= this.limit) return;
      this.pictures.delete(oldest);
    }
  }
}
