/** Bytes that are produced only when they are written, so that a model of any size costs one tensor of memory. */
export interface LazyBytes {
  readonly byteLength: number;
  /** Must return exactly `byteLength` bytes, the same at every call. */
  load(): Uint8Array;
  /** The same into memory that is there already, which costs less than new memory for large constants. */
  loadInto?(target: Uint8Array): void;
}

const utf8 = new TextEncoder();

/**
 * Writes one protobuf message (https://protobuf.dev/programming-guides/encoding): the part of the wire format that
 * ONNX uses. Large byte fields are kept by reference until {@link chunks} is drained.
 */
export class ProtoWriter {
  private readonly parts: (Uint8Array | LazyBytes)[] = [];
  private tail: number[] = [];
  private flushedLength = 0;

  /** Length of the message so far, in bytes. */
  get byteLength(): number {
    return this.flushedLength + this.tail.length;
  }

  /** int32, int64, enum or bool; negative values take ten bytes, as the format demands of signed varints. */
  int(field: number, value: number | bigint): void {
    this.tag(field, 0);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.tail.push(...bytes);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array | LazyBytes): void {
    this.tag(field, 2);
    this.varint(value.byteLength);
    this.append(value);
  }

  /** Fields that are encoded already. */
  splice(fields: Uint8Array | LazyBytes): void {
    this.append(fields);
  }

  /** Repeated int64 in packed form. */
  packedInts(field: number, values: readonly (number | bigint)[]): void {
    const packed = new ProtoWriter();
    for (const value of values) packed.varint(value);
    this.message(field, packed);
  }

  message(field: number, value: ProtoWriter): void {
    this.tag(field, 2);
    this.varint(value.byteLength);
    this.flush();
    value.flush();
    for (const part of value.parts) this.append(part);
  }

  /** The message as a sequence of chunks, to be written one behind the other. */
  *chunks(): Generator<Uint8Array> {
    this.flush();
    for (const part of this.parts) {
      if (part instanceof Uint8Array) {
        yield part;
        continue;
      }
      const loaded = part.load();
      if (loaded.byteLength !== part.byteLength) {
        throw new Error(`a lazy field of ${part.byteLength} bytes loaded ${loaded.byteLength}`);
      }
      yield loaded;
    }
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  private varint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an exact integer`);
      // Division, not shifts: lengths beyond 2^31 must survive.
      let rest = value;
      while (rest >= 0x80) {
        this.tail.push((rest % 0x80) + 0x80);
        rest = Math.floor(rest / 0x80);
      }
      this.tail.push(rest);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.tail.push(Number(rest & 0x7fn) + 0x80);
      rest >>= 7n;
    }
    this.tail.push(Number(rest));
  }

  private append(part: Uint8Array | LazyBytes): void {
    if (part instanceof Uint8Array && part.byteLength < 1024) {
      for (const byte of part) this.tail.push(byte);
      return;
    }
    this.flush();
    this.parts.push(part);
    this.flushedLength += part.byteLength;
  }

  private flush(): void {
    if (this.tail.length === 0) return;
    this.parts.push(Uint8Array.from(this.tail));
    this.flushedLength += this.tail.length;
    this.tail = [];
  }
}
