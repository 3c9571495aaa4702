// GROUP BY: each row is added to the group of its flow, time and key. Groups keep all sums, or, when they are too many
// for that, only what ranks them; a second reading then sums those that were chosen.

import { Index } from "./hash";
import { PIECE, Records } from "./memory";
import {
  bytesSentAt, firstAt, flowAt, keyAt, lastAt, objectBytesAt, requestsAt, timeAt, wideFirstAt, wideLastAt,
  wideRequestsAt,
} from "./rows";

// Sums of a group, as doubles. Behind them: a quantity per line in complete hours, then one per line in all others.
const REQUESTS: usize = 0;
const SENT: usize = 8;
const ERRORS: usize = 16;
const FIRST: usize = 24;
const LAST: usize = 32;
const QUANTITIES: usize = 40;

// Grains of rows; kernel.ts has the same numbers.
const MINUTE: u32 = 0;
const TOTAL: u32 = 2;

/** Bytes of requests and cost of a ranked group. */
const RANK: usize = 16;
/** What a line can count, in the order of their numbers: looked up, because the processor cannot guess which is next. */
const amounts = heap.alloc(24);
/** Ways of decoding keys: 1 and 2 times, and one for whoever does not decode. */
const KEY_KINDS: u32 = 3;

// @ts-ignore: decorator
@unmanaged
class Group {
  // Tables of the host, freed here. Per flow: its part, -1 left out; 1 when it counts as an error; where its charges
  // begin; how its keys are decoded, 0 when keys do not matter.
  flowPart: usize;
  isError: usize;
  offsets: usize;
  keyKind: usize;
  /** Words: a line of the bill times 4, plus what it counts: 0 requests, 1 bytes sent, 2 object bytes. */
  charges: usize;
  /** Doubles: what ranks a line's quantities. */
  linePrice: usize;
  lines: u32;
  /** A byte per hour from `firstHour` on: 1 when it is complete. */
  hourFlags: usize;
  firstHour: u32;
  hourCount: u32;
  /** 0: time makes no groups; else how many hours a group has. */
  hoursPerPart: u32;
  keys: u32;
  /** Per way of decoding a word per key: part + 2, 1 left out, 0 not known yet. */
  keyParts0: usize;
  keyParts1: usize;
  keyParts2: usize;

  index: Index = Index.create();
  /** Made when the number of lines is known. */
  sums: Records = changetype<Records>(0);
  sumsSize: u32;
  /** Doubles per flow: price of a request, of a byte sent, of an object's byte. 0: sums are kept. */
  prices: usize;
  ranks: Records = Records.create(RANK);
  ranksSize: u32;
  /** Number of a group → place among the chosen; 0 while all groups are summed. */
  places: usize;

  // @ts-ignore: decorator
  @inline
  get stride(): usize {
    return QUANTITIES + (<usize>this.lines << 4);
  }
}

export function newGroup(
  flowPart: usize, isError: usize, offsets: usize, charges: usize, linePrice: usize, lines: u32, hourFlags: usize,
  firstHour: u32, hourCount: u32, hoursPerPart: u32, keyKind: usize, keys: u32,
): usize {
  const group = new Group();
  group.flowPart = flowPart;
  group.isError = isError;
  group.offsets = offsets;
  group.charges = charges;
  group.linePrice = linePrice;
  group.lines = lines;
  group.hourFlags = hourFlags;
  group.firstHour = firstHour;
  group.hourCount = hourCount;
  group.hoursPerPart = hoursPerPart;
  group.keyKind = keyKind;
  group.keys = keys;
  group.sums = Records.create(group.stride);
  return changetype<usize>(group);
}

export function freeGroup(address: usize): void {
  const group = changetype<Group>(address);
  release(group.flowPart);
  release(group.isError);
  release(group.offsets);
  release(group.charges);
  release(group.linePrice);
  release(group.hourFlags);
  release(group.keyKind);
  for (let kind: u32 = 0; kind < KEY_KINDS; kind++) release(keyTable(group, kind));
  group.sums.free();
  group.ranks.free();
  release(group.prices);
  release(group.places);
  group.index.free();
  heap.free(address);
}

function release(address: usize): void {
  if (address != 0) heap.free(address);
}

// @ts-ignore: decorator
@inline
function keyTable(group: Group, kind: u32): usize {
  return load<usize>(changetype<usize>(group) + offsetof<Group>("keyParts0") + (<usize>kind << 2));
}

/** What the host found out about a key: its part + 2, or 1 when it is left out. */
export function setKeyPart(address: usize, kind: u32, key: u32, partPlus2: u32): void {
  const group = changetype<Group>(address);
  let table = keyTable(group, kind);
  if (table == 0) {
    const bytes = <usize>group.keys << 2;
    table = heap.alloc(bytes);
    memory.fill(table, 0, bytes);
    store<usize>(address + offsetof<Group>("keyParts0") + (<usize>kind << 2), table);
  }
  store<u32>(table + (<usize>key << 2), partPlus2);
}

/**
 * Adds the rows [start, rows) of the chunk whose times lie in [from, to). Returns how far it got: a row before `rows` has
 * a key of which the host has to say where it belongs.
 */
export function addGroup(address: usize, start: u32, rows: u32, grain: u32, from: i32, to: i32): u32 {
  const group = changetype<Group>(address);
  const index = group.index;
  const flowPart = group.flowPart;
  const keyKind = group.keyKind;
  const hoursPerPart = group.hoursPerPart;
  for (let row = start; row < rows; row++) {
    const time = timeAt(row);
    const flow = flowAt(row);
    const part = load<i32>(flowPart + (<usize>flow << 2));
    if (time < from || time >= to || part < 0) continue;
    let key: u32 = 0;
    if (keyKind != 0) {
      const table = keyTable(group, load<u8>(keyKind + flow));
      const known = table == 0 ? 0 : load<u32>(table + (<usize>keyAt(row) << 2));
      if (known < 2) {
        if (known == 0) return row;
        continue;
      }
      key = known - 2;
    }
    let complete = time == 1;
    let timePart: u32 = 0;
    if (grain != TOTAL) {
      const hour = grain == MINUTE ? <u32>time / 60 : <u32>time;
      const at = hour - group.firstHour;
      complete = at < group.hourCount && load<u8>(group.hourFlags + at) == 1;
      if (hoursPerPart != 0) timePart = hour - (hour % hoursPerPart);
    }
    const number = index.number(part, timePart, key);
    if (group.prices != 0) rank(group, number, row, flow, grain);
    else sum(group, group.places == 0 ? number : load<u32>(group.places + (<usize>number << 2)), row, flow, time, grain, complete);
  }
  return rows;
}

// @ts-ignore: decorator
@inline
function sum(group: Group, place: u32, row: u32, flow: u32, time: i32, grain: u32, complete: bool): void {
  if (place >= group.sumsSize) reserveSums(group, place);
  const at = group.sums.at(place);
  const wide = grain == TOTAL;
  const unit: f64 = wide ? 0 : grain == MINUTE ? 60 : 3600;
  const requests = wide ? wideRequestsAt(row) : <f64>requestsAt(row);
  const first = <f64>time * unit + (wide ? wideFirstAt(row) : <f64>firstAt(row));
  const last = <f64>time * unit + (wide ? wideLastAt(row) : <f64>lastAt(row));
  const sent = bytesSentAt(row);
  store<f64>(at, load<f64>(at, REQUESTS) + requests, REQUESTS);
  store<f64>(at, load<f64>(at, SENT) + sent, SENT);
  if (load<u8>(group.isError + flow) == 1) store<f64>(at, load<f64>(at, ERRORS) + requests, ERRORS);
  if (first < load<f64>(at, FIRST)) store<f64>(at, first, FIRST);
  if (last > load<f64>(at, LAST)) store<f64>(at, last, LAST);
  const quantities = at + QUANTITIES + (complete ? 0 : <usize>group.lines << 3);
  store<f64>(amounts, requests);
  store<f64>(amounts, sent, 8);
  store<f64>(amounts, objectBytesAt(row), 16);
  const offsets = group.offsets + (<usize>flow << 2);
  const end = load<u32>(offsets, 4);
  const charges = group.charges;
  for (let i = load<u32>(offsets); i < end; i++) {
    const charge = <usize>load<u32>(charges + (<usize>i << 2));
    const quantity = quantities + ((charge >> 2) << 3);
    store<f64>(quantity, load<f64>(quantity) + load<f64>(amounts + ((charge & 3) << 3)));
  }
}

function reserveSums(group: Group, place: u32): void {
  group.sums.reserve(place);
  for (let next = group.sumsSize; next <= place; next++) {
    const at = group.sums.at(next);
    memory.fill(at, 0, group.stride);
    store<f64>(at, f64.POSITIVE_INFINITY, FIRST);
    store<f64>(at, f64.NEGATIVE_INFINITY, LAST);
  }
  group.sumsSize = place + 1;
}

// @ts-ignore: decorator
@inline
function rank(group: Group, number: u32, row: u32, flow: u32, grain: u32): void {
  if (number >= group.ranksSize) reserveRanks(group, number);
  const at = group.ranks.at(number);
  const requests = grain == TOTAL ? wideRequestsAt(row) : <f64>requestsAt(row);
  const price = group.prices + <usize>flow * 24;
  const cost = requests * load<f64>(price) + bytesSentAt(row) * load<f64>(price, 8) + objectBytesAt(row) * load<f64>(price, 16);
  store<f64>(at, load<f64>(at) + requests);
  store<f64>(at, load<f64>(at, 8) + cost, 8);
}

function reserveRanks(group: Group, number: u32): void {
  group.ranks.reserve(number);
  for (let next = group.ranksSize; next <= number; next++) memory.fill(group.ranks.at(next), 0, RANK);
  group.ranksSize = number + 1;
}

/** From now on only ranks are kept. `prices`: see there. */
export function rankOnly(address: usize, prices: usize): void {
  const group = changetype<Group>(address);
  group.prices = prices;
  for (let number: u32 = 0; number < group.sumsSize; number++) {
    reserveRanks(group, number);
    const from = group.sums.at(number);
    const to = group.ranks.at(number);
    storeRank(group, from, to);
  }
  group.sums.free();
  group.sums = Records.create(group.stride);
  group.sumsSize = 0;
}

/** Requests and cost of the sums at `from`. */
function storeRank(group: Group, from: usize, to: usize): void {
  store<f64>(to, load<f64>(from, REQUESTS));
  store<f64>(to, costOf(group, from), 8);
}

function costOf(group: Group, sums: usize): f64 {
  const lines = group.lines;
  let cost: f64 = 0;
  for (let line: u32 = 0; line < lines; line++) {
    const at = sums + QUANTITIES + (<usize>line << 3);
    cost += (load<f64>(at) + load<f64>(at + (<usize>lines << 3))) * load<f64>(group.linePrice + (<usize>line << 3));
  }
  return cost;
}

const ranks = heap.alloc(<usize>PIECE * RANK);

/** Requests and cost, as pairs of doubles, of the groups from this one to the end of its piece; good until the next call. */
export function ranksOf(address: usize, start: u32): usize {
  const group = changetype<Group>(address);
  const end = min(start + PIECE, group.index.size);
  for (let number = start; number < end; number++) {
    const to = ranks + <usize>(number - start) * RANK;
    if (group.prices != 0) memory.copy(to, group.ranks.at(number), RANK);
    else storeRank(group, group.sums.at(number), to);
  }
  return ranks;
}

/** The second reading: `places` says where the sums of each group go; the last place takes what was not chosen. */
export function sumChosen(address: usize, places: usize): void {
  const group = changetype<Group>(address);
  release(group.prices);
  group.prices = 0;
  group.ranks.free();
  group.ranks = Records.create(RANK);
  group.places = places;
}

export function groupSize(address: usize): u32 {
  return changetype<Group>(address).index.size;
}

/** Three words of a group: flow, time and key part. */
export function groupParts(address: usize, number: u32): usize {
  return changetype<Group>(address).index.parts.at(number);
}

/** How many groups or places have sums. */
export function groupSumsSize(address: usize): u32 {
  return changetype<Group>(address).sumsSize;
}

export function groupSums(address: usize, place: u32): usize {
  return changetype<Group>(address).sums.at(place);
}
