// Cells: what is counted per (flow, minute) and per (flow, key, hour). Private to one thread.
// Cells stand densely in order of first sight; `slots` finds them. The host takes them away when full.

import { mix } from "./bytes";
import { CELL_BYTES, FIRST_SLOTS } from "./memory";

// A slot holds the cell's number plus 1 in its low 20 bits and twelve bits of the hash above them, so that a probe
// rarely looks at a cell that is not the one.
const ID_BITS: u32 = 0xfffff;
const TAG_BITS: u32 = 0xfff00000;

// @ts-ignore: decorator
@inline
function hashOf(flow: u32, time: u32, key: u32): u64 {
  return mix((<u64>flow << 40) ^ (<u64>key << 20) ^ <u64>time);
}

/** Adds one record to its cell. `table` points at the five words: cells, count, limit, slots, mask. */
// @ts-ignore: decorator
@inline
export function count(
  table: usize, flow: u32, time: u32, key: u32, second: u32, bytesSent: f64, objectBytes: f64,
): void {
  const cells = <usize>load<u32>(table);
  const slots = <usize>load<u32>(table, 12);
  const mask = load<u32>(table, 16);
  const h = hashOf(flow, time, key);
  const tag = <u32>(h >> 32) & TAG_BITS;
  let slot = <u32>h & mask;
  while (true) {
    const at = slots + (<usize>slot << 2);
    const value = load<u32>(at);
    if (value == 0) {
      const next = load<u32>(table, 4) + 1;
      store<u32>(table, next, 4);
      store<u32>(at, tag | next);
      const cell = cells + <usize>(next - 1) * CELL_BYTES;
      store<u32>(cell, flow);
      store<u32>(cell, time, 4);
      store<u32>(cell, key, 8);
      store<u32>(cell, 1, 12);
      store<u32>(cell, second, 16);
      store<u32>(cell, second, 20);
      store<f64>(cell, bytesSent, 24);
      store<f64>(cell, objectBytes, 32);
      if (next > mask >> 1) growSlots(table);
      return;
    }
    const cell = cells + <usize>((value & ID_BITS) - 1) * CELL_BYTES;
    if (
      (value & TAG_BITS) == tag && load<u32>(cell) == flow && load<u32>(cell, 4) == time && load<u32>(cell, 8) == key
    ) {
      store<u32>(cell, load<u32>(cell, 12) + 1, 12);
      if (second < load<u32>(cell, 16)) store<u32>(cell, second, 16);
      if (second > load<u32>(cell, 20)) store<u32>(cell, second, 20);
      store<f64>(cell, load<f64>(cell, 24) + bytesSent, 24);
      store<f64>(cell, load<f64>(cell, 32) + objectBytes, 32);
      return;
    }
    slot = (slot + 1) & mask;
  }
}

/** Four times as many slots. The host has reserved room for twice as many slots as there can be cells. */
function growSlots(table: usize): void {
  const cells = <usize>load<u32>(table);
  const slots = <usize>load<u32>(table, 12);
  const mask = (load<u32>(table, 16) << 2) | 3;
  store<u32>(table, mask, 16);
  memory.fill(slots, 0, (<usize>mask + 1) << 2);
  const count = load<u32>(table, 4);
  for (let id: u32 = 1; id <= count; id++) {
    const cell = cells + <usize>(id - 1) * CELL_BYTES;
    const h = hashOf(load<u32>(cell), load<u32>(cell, 4), load<u32>(cell, 8));
    let slot = <u32>h & mask;
    while (load<u32>(slots + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (<usize>slot << 2), (<u32>(h >> 32) & TAG_BITS) | id);
  }
}

/** Forgets all cells and begins with few slots again. */
export function clear(table: usize): void {
  memory.fill(load<u32>(table, 12), 0, <usize>FIRST_SLOTS << 2);
  store<u32>(table, FIRST_SLOTS - 1, 16);
  store<u32>(table, 0, 4);
}
