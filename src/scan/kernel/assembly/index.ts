// The kernel's door: what the host calls. One instance per scanner thread, one memory for all of them.

import { equal, findFar, hash } from "./bytes";
import { clear, count, makeRoom } from "./cells";
import { flowOf, pooled, useRegion as useFlowRegion } from "./flow";
import { NOT_FOUND, intern, lookup, restore, restoreFlowAt } from "./intern";
import {
  OK, bucketEnd, isOperation, keyEnd, keyStart, listing, operationEnd, operationStart, ownerEnd, parse, useRegion,
} from "./line";
import {
  BUCKET_FILTER, BUCKET_FILTER_LENGTH, CLAIM_MASK, CLAIM_SLOTS, KEYS, KIND_KEY, KIND_OPERATION, MAX_LINE_BYTES, R_BLANK, R_DISCARDING, R_FULL, R_HOUR_CELLS,
  R_LINES, R_MINUTE_CELLS, R_OTHER_BUCKET,
  R_OUTSIDE_WINDOW, R_RECORDS, R_SAMPLES, R_SAMPLE_AREA, R_UNPARSED, SAMPLE_BYTES, SAMPLE_LIMIT,
  SAMPLE_TEXT, STRINGS, WINDOW_FROM, WINDOW_TO,
} from "./memory";
import { bytesSent, objectSize } from "./outcome";
import { seconds } from "./time";

const TOO_LONG: u32 = 1;
const NO_OPERATION: u32 = 5;
const OP_GET_BUCKET_LENGTH: usize = 15;

let region: usize = 0;

/** Binds this instance to its region. */
export function start(regionAddress: usize): void {
  region = regionAddress;
  useRegion(regionAddress);
  useFlowRegion(regionAddress);
}

// @ts-ignore: decorator
@inline
function bump(word: usize): void {
  store<u32>(region + word, load<u32>(region + word) + 1);
}

/** Keeps the beginning of a bad line for the report, while there is room. */
function sample(p: usize, length: usize, reason: u32, feedStart: usize): void {
  const taken = load<u32>(region + R_SAMPLES);
  if (taken >= SAMPLE_LIMIT) return;
  const at = region + R_SAMPLE_AREA + taken * SAMPLE_BYTES;
  store<u32>(at, load<u32>(region + R_LINES));
  store<u32>(at, <u32>(p - feedStart), 4);
  store<u32>(at, <u32>length, 8);
  store<u32>(at, reason, 12);
  memory.copy(at + 16, p, length < SAMPLE_TEXT ? length : SAMPLE_TEXT);
  store<u32>(region + R_SAMPLES, taken + 1);
}

function reject(p: usize, length: usize, reason: u32, feedStart: usize): void {
  bump(R_UNPARSED);
  sample(p, length, reason, feedStart);
}

/**
 * Reads the lines in [p, end) that begin before `limit`. Returns the address of the first byte not consumed:
 * a line that is not complete yet, or the next line when R_FULL says that the cells have to be taken away.
 * The bytes at [end, end + 64) are overwritten with sentinels.
 */
export function feed(p: usize, end: usize, limit: usize, final: bool): usize {
  const feedStart = p;
  sentinels(end);
  if (load<u32>(region + R_DISCARDING)) {
    const e = findFar(p, i8x16.splat(0x0a));
    if (e >= end) return end;
    store<u32>(region + R_DISCARDING, 0);
    p = e + 1;
  }
  const maxLine = <usize>load<u32>(MAX_LINE_BYTES);
  while (p < end && p < limit) {
    if (!makeRoom(region + R_MINUTE_CELLS) || !makeRoom(region + R_HOUR_CELLS)) {
      store<u32>(region + R_FULL, 1);
      return p;
    }
    const e = findFar(p, i8x16.splat(0x0a));
    if (e >= end && !final && end - p <= maxLine) return p;
    bump(R_LINES);
    if (e - p > maxLine) {
      reject(p, e - p, TOO_LONG, feedStart);
      if (e >= end) {
        store<u32>(region + R_DISCARDING, 1);
        return end;
      }
    } else {
      line(p, e > p && load<u8>(e - 1) == 0x0d ? e - 1 : e, feedStart);
    }
    p = e + 1;
  }
  return p < end ? p : end;
}

/** Every search for a newline, space or quote ends here at the latest. */
function sentinels(end: usize): void {
  store<u32>(end, 0x0a22200a);
  memory.fill(end + 4, 0x20, 60);
  store<u16>(end, 0x220a, 30);
}

function line(p: usize, e: usize, feedStart: usize): void {
  if (p == e) {
    bump(R_BLANK);
    return;
  }
  const reason = parse(p, e);
  if (reason != OK) {
    reject(p, e - p, reason, feedStart);
    return;
  }
  const operation = lookup(STRINGS, KIND_OPERATION, operationStart, <u32>(operationEnd - operationStart));
  if (operation == NOT_FOUND && !isOperation(operationStart, operationEnd)) {
    reject(p, e - p, NO_OPERATION, feedStart);
    return;
  }
  if (seconds < load<i64>(WINDOW_FROM) || seconds >= load<i64>(WINDOW_TO)) {
    bump(R_OUTSIDE_WINDOW);
    return;
  }
  const filter = <usize>load<u32>(BUCKET_FILTER);
  if (filter) {
    const length = <usize>load<u32>(BUCKET_FILTER_LENGTH);
    if (bucketEnd - ownerEnd - 1 != length || !equal(ownerEnd + 1, filter, length)) {
      bump(R_OTHER_BUCKET);
      return;
    }
  }
  record(p);
}

function record(p: usize): void {
  bump(R_RECORDS);
  const flow = flowOf(p, isListing() ? listing() : 0);
  let key = intern(KEYS, KIND_KEY, keyStart, <u32>(keyEnd - keyStart));
  if (key == NOT_FOUND) key = pooled(KIND_KEY);
  const at = <u64>seconds;
  const minute = <u32>(at / 60);
  const hour = <u32>(at / 3600);
  const bytes = <f64>bytesSent;
  const object = <f64>objectSize;
  count(region + R_MINUTE_CELLS, flow, minute, 0, <u32>(at - <u64>minute * 60), bytes, object);
  count(region + R_HOUR_CELLS, flow, hour, key, <u32>(at - <u64>hour * 3600), bytes, object);
}

/** REST.GET.BUCKET, and not REST.GET.BUCKETVERSIONS. */
// @ts-ignore: decorator
@inline
function isListing(): bool {
  return operationEnd - operationStart == OP_GET_BUCKET_LENGTH &&
    load<u64>(operationStart) == 0x5445472e54534552 && load<u64>(operationStart, 7) == 0x54454b4355422e54;
}

/** Forgets the region's cells, after the host has taken them. */
export function clearCells(): void {
  clear(region + R_MINUTE_CELLS);
  clear(region + R_HOUR_CELLS);
  store<u32>(region + R_FULL, 0);
}

/**
 * Claims the content [p, p + length) for `unit` (not 0). Returns the unit that claimed the same content before, or 0.
 * Two contents are the same when their 64-bit hashes are; the host compares the bytes before it believes it.
 */
export function claim(p: usize, length: usize, unit: u32): u32 {
  return claimHash(hash(p, length, length), unit);
}

export function contentHash(p: usize, length: usize): u64 {
  return hash(p, length, length);
}

export function claimHash(h: u64, unit: u32): u32 {
  const slots = <usize>load<u32>(CLAIM_SLOTS);
  const mask = load<u32>(CLAIM_MASK);
  if (h == 0) h = 1;
  let slot = <u32>h & mask;
  // A slot is claimed by one compare-and-swap; the unit is published after it, so a reader may have to wait a moment.
  for (let probes: u32 = 0; probes <= mask; probes++) {
    const at = slots + (<usize>slot << 4);
    const before = atomic.cmpxchg<u64>(at, 0, h);
    if (before == 0) {
      atomic.store<u32>(at + 8, unit);
      return 0;
    }
    if (before == h) {
      while (atomic.load<u32>(at + 8) == 0) {}
      return atomic.load<u32>(at + 8);
    }
    slot = (slot + 1) & mask;
  }
  return 0;
}

// ---- for the host: filling the dictionaries before a scan

export function restoreString(kind: u32, p: usize, length: u32): u32 {
  return restore(kind == KIND_KEY ? KEYS : STRINGS, kind, p, length);
}

export function findString(kind: u32, p: usize, length: u32): u32 {
  return lookup(kind == KIND_KEY ? KEYS : STRINGS, kind, p, length);
}

export function internString(kind: u32, p: usize, length: u32): u32 {
  return intern(kind == KIND_KEY ? KEYS : STRINGS, kind, p, length);
}

export function restoreFlow(p: usize): u32 {
  return restoreFlowAt(p);
}
