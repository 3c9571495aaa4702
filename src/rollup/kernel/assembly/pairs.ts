// Sums per owner and key, here a program and what it downloaded; and the rows of the hours that are looked at closely.

import { Index } from "./hash";
import { Records } from "./memory";
import { bytesSentAt, firstAt, flowAt, keyAt, lastAt, requestsAt, timeAt } from "./rows";

// Sums of a pair, as doubles: requests, bytes, the least of the times in Unix seconds.
const WIDTH: usize = 24;
// A row that is kept, as words: owner, key, hour, requests, first and last second of the hour.
const DETAIL: usize = 24;

// @ts-ignore: decorator
@unmanaged
class Pairs {
  /** A word per flow: its owner, -1 when it has none. The host's, freed here. */
  ownerOf: usize;
  /** Hours since 1970. */
  from: u32;
  hours: u32;
  /** Owners and hours whose rows are kept. A set: a wrong clock makes a window of centuries. */
  wanted: Index = Index.create();
  index: Index = Index.create();
  sums: Records = Records.create(WIDTH);
  details: Records = Records.create(DETAIL);
  detailCount: u32;
}

export function newPairs(ownerOf: usize, from: u32, hours: u32): usize {
  const pairs = new Pairs();
  pairs.ownerOf = ownerOf;
  pairs.from = from;
  pairs.hours = hours;
  return changetype<usize>(pairs);
}

export function freePairs(address: usize): void {
  const pairs = changetype<Pairs>(address);
  heap.free(pairs.ownerOf);
  pairs.wanted.free();
  pairs.details.free();
  pairs.sums.free();
  pairs.index.free();
  heap.free(address);
}

/** From now on the owner's rows of that hour are kept. */
export function keepHour(address: usize, owner: u32, hour: u32): void {
  changetype<Pairs>(address).wanted.number(owner, hour, 0);
}

/** Adds the chunk's first `rows` rows, of grain hour. */
export function addPairs(address: usize, rows: u32): void {
  const pairs = changetype<Pairs>(address);
  const index = pairs.index;
  const ownerOf = pairs.ownerOf;
  const from = pairs.from;
  const hours = pairs.hours;
  const wanted = pairs.wanted;
  for (let row: u32 = 0; row < rows; row++) {
    const owner = load<i32>(ownerOf + (<usize>flowAt(row) << 2));
    if (owner < 0) continue;
    const hour = <u32>timeAt(row);
    if (hour - from >= hours) continue;
    const size = index.size;
    const number = index.number(owner, keyAt(row), 0);
    if (number == size) append(pairs, number);
    const sums = pairs.sums.at(number);
    store<f64>(sums, load<f64>(sums) + <f64>requestsAt(row));
    store<f64>(sums, load<f64>(sums, 8) + bytesSentAt(row), 8);
    const time = <f64>hour * 3600 + <f64>firstAt(row);
    if (time < load<f64>(sums, 16)) store<f64>(sums, time, 16);
    if (wanted.has(owner, hour, 0)) keep(pairs, row, owner, hour);
  }
}

function keep(pairs: Pairs, row: u32, owner: u32, hour: u32): void {
  const number = pairs.detailCount++;
  pairs.details.reserve(number);
  const at = pairs.details.at(number);
  store<u32>(at, owner);
  store<u32>(at, keyAt(row), 4);
  store<u32>(at, hour, 8);
  store<i32>(at, requestsAt(row), 12);
  store<i32>(at, firstAt(row), 16);
  store<i32>(at, lastAt(row), 20);
}

function append(pairs: Pairs, number: u32): void {
  pairs.sums.reserve(number);
  const sums = pairs.sums.at(number);
  store<f64>(sums, 0);
  store<f64>(sums, 0, 8);
  store<f64>(sums, f64.POSITIVE_INFINITY, 16);
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

export function detailCount(address: usize): u32 {
  return changetype<Pairs>(address).detailCount;
}

/** The row that was kept as this one, to the end of its piece. */
export function pairsDetails(address: usize, number: u32): usize {
  return changetype<Pairs>(address).details.at(number);
}
