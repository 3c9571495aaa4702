// Numbers for combinations of three words, in order of first sight: a hash table with open addressing.

import { Records } from "./memory";

const START: u32 = 1024;

// @ts-ignore: decorator
@unmanaged
export class Index {
  /** Words: number + 1, 0 when free; a power of two of them, at most half full. */
  slots: usize;
  mask: u32;
  /** Three words per number. */
  parts: Records = Records.create(12);
  size: u32;

  static create(): Index {
    const index = new Index();
    index.slots = heap.alloc(<usize>START << 2);
    memory.fill(index.slots, 0, <usize>START << 2);
    index.mask = START - 1;
    return index;
  }

  free(): void {
    heap.free(this.slots);
    this.parts.free();
    heap.free(changetype<usize>(this));
  }

  /** The number of the combination; `size` before the call when it is new. */
  // @ts-ignore: decorator
  @inline
  number(a: u32, b: u32, c: u32): u32 {
    const slot = this.slotOf(a, b, c);
    const value = load<u32>(slot);
    return value == 0 ? this.append(slot, a, b, c) : value - 1;
  }

  // @ts-ignore: decorator
  @inline
  has(a: u32, b: u32, c: u32): bool {
    return load<u32>(this.slotOf(a, b, c)) != 0;
  }

  /** Address of the slot that has the combination, or is free for it. */
  // @ts-ignore: decorator
  @inline
  private slotOf(a: u32, b: u32, c: u32): usize {
    let slot = hash(a, b, c) & this.mask;
    while (true) {
      const address = this.slots + (<usize>slot << 2);
      const value = load<u32>(address);
      if (value == 0) return address;
      const at = this.parts.at(value - 1);
      if (load<u32>(at) == a && load<u32>(at, 4) == b && load<u32>(at, 8) == c) return address;
      slot = (slot + 1) & this.mask;
    }
  }

  private append(slot: usize, a: u32, b: u32, c: u32): u32 {
    const number = this.size++;
    this.parts.reserve(number);
    const at = this.parts.at(number);
    store<u32>(at, a);
    store<u32>(at, b, 4);
    store<u32>(at, c, 8);
    store<u32>(slot, number + 1);
    if (this.size * 2 > this.mask) this.rehash();
    return number;
  }

  private rehash(): void {
    const length = (this.mask + 1) * 2;
    heap.free(this.slots);
    this.slots = heap.alloc(<usize>length << 2);
    memory.fill(this.slots, 0, <usize>length << 2);
    this.mask = length - 1;
    for (let number: u32 = 0; number < this.size; number++) {
      const at = this.parts.at(number);
      let slot = hash(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8)) & this.mask;
      while (load<u32>(this.slots + (<usize>slot << 2)) != 0) slot = (slot + 1) & this.mask;
      store<u32>(this.slots + (<usize>slot << 2), number + 1);
    }
  }
}

/** Multiplications by odd numbers and shifts: neighbouring numbers end up far apart. */
// @ts-ignore: decorator
@inline
function hash(a: u32, b: u32, c: u32): u32 {
  let mixed = (a * 0x9e3779b1) ^ ((b + 0x7f4a7c15) * 0x85ebca6b) ^ (c * 0xc2b2ae35);
  mixed = (mixed ^ (mixed >> 15)) * 0x2c1b3c6d;
  return mixed ^ (mixed >> 13);
}
