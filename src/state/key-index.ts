const EMPTY = -1;
const REMOVED = -2;

/**
 * An open-addressed hash table from a 64-bit key (two words) to the position of the newest entry of
 * that key: three words a slot, no object per key.
 */
export class KeyIndex {
  private slots: Int32Array;
  private mask: number;
  private filled = 0;
  size = 0;

  constructor(capacity = 16) {
    this.slots = new Int32Array(capacity * 3);
    this.mask = capacity - 1;
    this.clear(this.slots);
  }

  private clear(slots: Int32Array): void {
    for (let i = 2; i < slots.length; i += 3) slots[i] = EMPTY;
  }

  get bytes(): number {
    return this.slots.byteLength;
  }

  private hash(high: number, low: number): number {
    let h = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
    return (h ^ (h >>> 13)) & this.mask;
  }

  /** The position of the key's newest entry, or -1. */
  get(high: number, low: number): number {
    const { slots, mask } = this;
    for (let slot = this.hash(high, low); ; slot = (slot + 1) & mask) {
      const at = slot * 3;
      const position = slots[at + 2]!;
      if (position === EMPTY) return -1;
      if (position !== REMOVED && slots[at] === high && slots[at + 1] === low) return position;
    }
  }

  set(high: number, low: number, position: number): void {
    // Full to three quarters: days of state have thousands of these tables.
    if ((this.filled + 1) * 4 > (this.mask + 1) * 3) this.grow();
    const { slots, mask } = this;
    let free = -1;
    for (let slot = this.hash(high, low); ; slot = (slot + 1) & mask) {
      const at = slot * 3;
      const there = slots[at + 2]!;
      if (there === REMOVED && free < 0) free = at;
      if (there !== EMPTY && (there === REMOVED || slots[at] !== high || slots[at + 1] !== low)) {
        continue;
      }
      if (there !== EMPTY) {
        slots[at + 2] = position;
        return;
      }
      if (free < 0) this.filled++;
      const target = free < 0 ? at : free;
      slots[target] = high;
      slots[target + 1] = low;
      slots[target + 2] = position;
      this.size++;
      return;
    }
  }

  remove(high: number, low: number): void {
    const { slots, mask } = this;
    for (let slot = this.hash(high, low); ; slot = (slot + 1) & mask) {
      const at = slot * 3;
      const position = slots[at + 2]!;
      if (position === EMPTY) return;
      if (position === REMOVED || slots[at] !== high || slots[at + 1] !== low) continue;
      slots[at + 2] = REMOVED;
      this.size--;
      return;
    }
  }

  private grow(): void {
    const old = this.slots;
    const capacity = (this.mask + 1) * (this.size * 4 > this.mask ? 2 : 1);
    this.slots = new Int32Array(capacity * 3);
    this.mask = capacity - 1;
    this.clear(this.slots);
    this.filled = 0;
    this.size = 0;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2]! >= 0) this.set(old[at]!, old[at + 1]!, old[at + 2]!);
    }
  }

  /** Calls back with the newest position of every key. */
  forEach(visit: (position: number) => void): void {
    const { slots } = this;
    for (let at = 2; at < slots.length; at += 3) if (slots[at]! >= 0) visit(slots[at]!);
  }
}
