// Sums per owner and key, here a program and what it downloaded; and the rows of the hours that are looked at closely.

import { Index } from "./hash";
import { Records } from "./memory";
import { CHUNK_ROWS, bytesSentAt, firstAt, flowAt, keyAt, requestsAt, timeAt } from "./rows";

// Sums of a pair, as doubles: requests, bytes, the least of the times in Unix seconds.
const WIDTH: usize = 24;

// @ts-ignore: decorator
@unmanaged
class Pairs {
  /** A word per flow: its owner, -1 when it has none. The host's, freed here. */
  ownerOf: usize;
  /** Hours since 1970. */
  from: u32;
  hours: u32;
  /** A byte per owner and hour: 1 when the row is kept. The host's, freed here. */
  isDetail: usize;
  index: Index = Index.create();
  sums: Records = Records.create(WIDTH);
  /** Words: rows of the chunk that are kept. */
  kept: usize;
}

export function newPairs(ownerOf: usize, from: u32, hours: u32, isDetail: usize): usize {
  const pairs = new Pairs();
  pairs.ownerOf = ownerOf;
  pairs.from = from;
  pairs.hours = hours;
  pairs.isDetail = isDetail;
  pairs.kept = heap.alloc(<usize>CHUNK_ROWS << 2);
  return changetype<usize>(pairs);
}

export function freePairs(address: usize): void {
  const pairs = changetype<Pairs>(address);
  heap.free(pairs.ownerOf);
  heap.free(pairs.isDetail);
  pairs.sums.free();
  heap.free(pairs.kept);
  pairs.index.free();
  heap.free(address);
}

/** Adds the chunk's first `rows` rows, of grain hour. Returns how many of them are to be kept. */
export function addPairs(address: usize, rows: u32): u32 {
  const pairs = changetype<Pairs>(address);
  const index = pairs.index;
  const ownerOf = pairs.ownerOf;
  const from = pairs.from;
  const hours = pairs.hours;
  const isDetail = pairs.isDetail;
  const kept = pairs.kept;
  let count: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const owner = load<i32>(ownerOf + (<usize>flowAt(row) << 2));
    if (owner < 0) continue;
    const hour = <u32>timeAt(row);
    const at = hour - from;
    if (at >= hours) continue;
    const size = index.size;
    const number = index.number(owner, keyAt(row), 0);
    if (number == size) append(pairs, number);
    const sums = pairs.sums.at(number);
    store<f64>(sums, load<f64>(sums) + <f64>requestsAt(row));
    store<f64>(sums, load<f64>(sums, 8) + bytesSentAt(row), 8);
    const time = <f64>hour * 3600 + <f64>firstAt(row);
    if (time < load<f64>(sums, 16)) store<f64>(sums, time, 16);
    if (load<u8>(isDetail + <usize>owner * hours + at) == 1) {
      store<u32>(kept + (<usize>count << 2), row);
      count++;
    }
  }
  return count;
}

function append(pairs: Pairs, number: u32): void {
  pairs.sums.reserve(number);
  const sums = pairs.sums.at(number);
  store<f64>(sums, 0);
  store<f64>(sums, 0, 8);
  store<f64>(sums, f64.POSITIVE_INFINITY, 16);
}

export function pairsKept(address: usize): usize {
  return changetype<Pairs>(address).kept;
}

export function pairsSize(address: usize): u32 {
  return changetype<Pairs>(address).index.size;
}

/** Three words per pair, from this one to the end of its piece: owner, key, nothing. */
export function pairsParts(address: usize, number: u32): usize {
  return changetype<Pairs>(address).index.parts.at(number);
}

export function pairsSums(address: usize, number: u32): usize {
  return changetype<Pairs>(address).sums.at(number);
}
