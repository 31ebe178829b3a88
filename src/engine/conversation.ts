import type { ConvStates, DecoderCache } from './decoderCache';

/** A place of the text where the convolutions' states were kept, so that the text can go on differently from there. */
interface Snapshot {
  length: number;
  conv: ConvStates;
}

/**
 * What the decoder has read, token by token, beside its cache. A new prompt resumes where its tokens part from these:
 * a follow-up question behind the last answer, a repeated question behind the picture.
 */
export class Conversation {
  private ids: number[] = [];
  private picture: string | null = null;
  private snapshots: Snapshot[] = [];

  constructor(
    readonly cache: DecoderCache,
    private readonly imageTokenId: number,
  ) {}

  /**
   * Cuts the memory back to the longest beginning of a prompt that can be continued; at least the prompt's last token
   * is left to read, since its logits are wanted.
   * @param picture identity of the picture behind the image tokens
   * @returns tokens of the prompt that need not be read again
   */
  resume(prompt: readonly number[], picture: string): number {
    const common = Math.min(this.commonLength(prompt, picture), prompt.length - 1);
    if (common < this.ids.length) {
      const snapshot = this.snapshots.findLast(({ length }) => length <= common);
      if (snapshot === undefined) this.cache.clear();
      else this.cache.cutTo(snapshot.length, snapshot.conv);
    }
    this.ids.length = this.cache.length;
    this.snapshots = this.snapshots.filter(({ length }) => length <= this.ids.length);
    this.picture = picture;
    return this.ids.length;
  }

  /** Notes tokens that the cache has just taken in. */
  read(tokens: readonly number[]): void {
    this.ids.push(...tokens);
    if (this.ids.length !== this.cache.length)
      throw new Error(`${this.ids.length} tokens noted, ${this.cache.length} rows in the cache`);
  }

  /** Keeps the present place as one to resume from. */
  keep(): void {
    const { length, conv } = this.cache;
    if (this.snapshots.at(-1)?.length !== length) this.snapshots.push({ length, conv });
  }

  /** Forgets all, for when a run failed half way. */
  clear(): void {
    this.cache.clear();
    this.ids = [];
    this.snapshots = [];
    this.picture = null;
  }

  private commonLength(prompt: readonly number[], picture: string): number {
    const parting = this.ids.findIndex((id, i) => id !== prompt[i]);
    const common = parting < 0 ? this.ids.length : parting;
    if (picture === this.picture) return common;
    const firstImage = prompt.indexOf(this.imageTokenId);
    return firstImage < 0 ? common : Math.min(common, firstImage);
  }
}
