import type { Data, DataType } from "apache-arrow";
import { Column, grown } from "./column.ts";

/** 32-bit integers and day numbers. */
export class Int32Column extends Column {
  private values = new Int32Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = value;
    this.markValid();
  }

  appendNull(): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = 0;
    this.markNull();
  }

  data(): Data {
    return this.dataOf(this.type, { data: this.values.subarray(0, this.length) });
  }
}

const TWO_32 = 4_294_967_296;

/** 64-bit integers from doubles (exact to 2^53), and timestamps in ms: `scale` 1000 stores µs. */
export class Int64Column extends Column {
  private words = new Int32Array(128);
  private readonly type: DataType;
  private readonly scale: number;

  constructor(type: DataType, scale = 1) {
    super();
    this.type = type;
    this.scale = scale;
  }

  append(value: number): void {
    const scaled = value * this.scale;
    const at = this.length * 2;
    if (at === this.words.length) this.words = grown(this.words, at + 2);
    const high = Math.floor(scaled / TWO_32);
    this.words[at] = scaled - high * TWO_32;
    this.words[at + 1] = high;
    this.markValid();
  }

  appendNull(): void {
    const at = this.length * 2;
    if (at === this.words.length) this.words = grown(this.words, at + 2);
    this.words[at] = 0;
    this.words[at + 1] = 0;
    this.markNull();
  }

  data(): Data {
    return this.dataOf(this.type, { data: new BigInt64Array(this.words.buffer, 0, this.length) });
  }
}

export class Float64Column extends Column {
  private values = new Float64Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = value;
    this.markValid();
  }

  appendNull(): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = 0;
    this.markNull();
  }

  data(): Data {
    return this.dataOf(this.type, { data: this.values.subarray(0, this.length) });
  }
}

export class BoolColumn extends Column {
  private bits = new Uint8Array(16);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: boolean): void {
    this.put(value);
    this.markValid();
  }

  appendNull(): void {
    this.put(false);
    this.markNull();
  }

  private put(value: boolean): void {
    const at = this.length;
    if (at >> 3 >= this.bits.length) this.bits = grown(this.bits, (at >> 3) + 1);
    if (value) this.bits[at >> 3]! |= 1 << (at & 7);
    else this.bits[at >> 3]! &= ~(1 << (at & 7));
  }

  data(): Data {
    return this.dataOf(this.type, { data: this.bits.subarray(0, (this.length + 7) >> 3) });
  }
}
