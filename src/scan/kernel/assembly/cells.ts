// Cells: what is counted per (flow, minute) and per (flow, key, hour). Private to one thread.
//
// A small hot table, found through hash slots, takes the counts; it fits the processor's cache. When it is full, its
// cells move to the cold ones behind each other, and it begins anew. Logs are nearly in order of time, so a cell is
// seldom needed again after that; if it is, it exists twice, which readers add up. The host takes the cold cells.

import { mix } from "./bytes";
import { CELL_BYTES, T_COLD, T_COLD_COUNT, T_COLD_LIMIT, T_COUNT, T_HOT, T_LIMIT, T_MASK, T_SLOTS } from "./memory";

// A slot holds the cell's number plus 1 in its low 20 bits and twelve bits of the hash above them, so that a probe
// rarely looks at a cell that is not the one.
const ID_BITS: u32 = 0xfffff;
const TAG_BITS: u32 = 0xfff00000;

/** Adds one record to its cell. There must be room, see `makeRoom`. */
// @ts-ignore: decorator
@inline
export function count(
  table: usize, flow: u32, time: u32, key: u32, second: u32, bytesSent: f64, objectBytes: f64,
): void {
  const cells = <usize>load<u32>(table, T_HOT);
  const slots = <usize>load<u32>(table, T_SLOTS);
  const mask = load<u32>(table, T_MASK);
  const h = mix((<u64>flow << 40) ^ (<u64>key << 20) ^ <u64>time);
  const tag = <u32>(h >> 32) & TAG_BITS;
  let slot = <u32>h & mask;
  while (true) {
    const at = slots + (<usize>slot << 2);
    const value = load<u32>(at);
    if (value == 0) {
      const next = load<u32>(table, T_COUNT) + 1;
      store<u32>(table, next, T_COUNT);
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

/** Room for one more cell. False: the cold cells must be taken away first. */
// @ts-ignore: decorator
@inline
export function makeRoom(table: usize): bool {
  return load<u32>(table, T_COUNT) < load<u32>(table, T_LIMIT) || cool(table);
}

/**
 * Moves the hot cells behind the cold ones. False when they do not fit there.
 * Cold cells are columns, as the host wants them: two of doubles, then six of words.
 */
export function cool(table: usize): bool {
  const count = load<u32>(table, T_COUNT);
  const cold = load<u32>(table, T_COLD_COUNT);
  const limit = load<u32>(table, T_COLD_LIMIT);
  if (cold + count > limit) return false;
  const width = <usize>limit << 2;
  let doubles = <usize>load<u32>(table, T_COLD) + (<usize>cold << 3);
  let words = <usize>load<u32>(table, T_COLD) + (width << 2) + (<usize>cold << 2);
  let cell = <usize>load<u32>(table, T_HOT);
  for (let i: u32 = 0; i < count; i++) {
    store<f64>(doubles, load<f64>(cell, 24));
    store<f64>(doubles + (width << 1), load<f64>(cell, 32));
    let word = words;
    store<u32>(word, load<u32>(cell));
    store<u32>((word += width), load<u32>(cell, 4));
    store<u32>((word += width), load<u32>(cell, 8));
    store<u32>((word += width), load<u32>(cell, 12));
    store<u32>((word += width), load<u32>(cell, 16));
    store<u32>(word + width, load<u32>(cell, 20));
    doubles += 8;
    words += 4;
    cell += CELL_BYTES;
  }
  store<u32>(table, cold + count, T_COLD_COUNT);
  forgetHot(table);
  return true;
}

function forgetHot(table: usize): void {
  memory.fill(load<u32>(table, T_SLOTS), 0, (<usize>load<u32>(table, T_MASK) + 1) << 2);
  store<u32>(table, 0, T_COUNT);
}

/** Forgets all cells, after the host has taken them. */
export function clear(table: usize): void {
  forgetHot(table);
  store<u32>(table, 0, T_COLD_COUNT);
}
