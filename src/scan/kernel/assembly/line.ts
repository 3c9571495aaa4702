// One line -> the addresses of its fields, by the rules of scan/reference.ts, which is the oracle for this file.
// Nothing is interned here: a line that turns out not to be a record leaves no trace in the dictionaries.

import { find, findLastQuote } from "./bytes";
import { R_HEAD } from "./memory";
import { outcome } from "./outcome";
import { time } from "./time";

const SPACE: u8 = 0x20;
const QUOTE: u8 = 0x22;
const SPACES = i8x16.splat(0x20);
const QUOTES = i8x16.splat(0x22);

const HEAD_LIMIT: usize = 256;

export const OK: u32 = 0;
const NO_BUCKET: u32 = 2;
const NO_TIME: u32 = 3;
const NO_CALLER: u32 = 4;
const NO_OPERATION: u32 = 5;
const NO_KEY: u32 = 6;
const NO_URI: u32 = 7;
const NO_AGENT: u32 = 8;
const NO_TAIL: u32 = 9;

export let ownerEnd: usize = 0;
export let bucketEnd: usize = 0;
export let callerStart: usize = 0;
export let callerEnd: usize = 0;
export let operationStart: usize = 0;
export let operationEnd: usize = 0;
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let uriStart: usize = 0; // of the bare or quoted request URI, quotes not included
export let uriEnd: usize = 0;
export let agentStart: usize = 0;
export let agentEnd: usize = 0;
export let tailStart: usize = 0; // at the space before field 20; equal to tailEnd when there is none
export let tailEnd: usize = 0;

// The last line's "owner bucket ", kept in the region: all lines of a log object share it.
let head: usize = 0;
let headLength: usize = 0;
let headOwnerLength: usize = 0;

export function useRegion(region: usize): void {
  head = region + R_HEAD;
  headLength = 0;
}

/** Owner and bucket. Returns the address of the time (beyond e when the line ends before it), or 0. */
// @ts-ignore: decorator
@inline
function ownerAndBucket(p: usize, e: usize): usize {
  if (headLength) {
    let i: usize = 0;
    while (i + 16 <= headLength && i8x16.bitmask(i8x16.eq(v128.load(p + i), v128.load(head + i))) == 0xffff) i += 16;
    const same = i8x16.bitmask(i8x16.eq(v128.load(p + i), v128.load(head + i)));
    const rest = headLength - i;
    if (rest < 16 && (same | (-1 << <i32>rest)) == -1 && p + headLength < e) {
      ownerEnd = p + headOwnerLength;
      bucketEnd = p + headLength - 1;
      return p + headLength;
    }
  }
  ownerEnd = find(p, SPACES);
  if (ownerEnd == p || ownerEnd >= e) return 0;
  bucketEnd = tokenEnd(ownerEnd + 1, e);
  if (!bucketEnd) return 0;
  const length = bucketEnd + 1 - p;
  headLength = 0;
  if (length <= HEAD_LIMIT && bucketEnd < e) {
    memory.copy(head, p, length);
    headOwnerLength = ownerEnd - p;
    headLength = length;
  }
  return bucketEnd + 1;
}

/** The end of the token at p: a space or e. 0 when there is no token. */
// @ts-ignore: decorator
@inline
function tokenEnd(p: usize, e: usize): usize {
  if (p >= e) return 0;
  const end = find(p, SPACES);
  return end == p ? 0 : end < e ? end : e;
}

/** Remote IP, requester, request id. Returns the address of the operation, or 0. */
// @ts-ignore: decorator
@inline
function callerAndId(p: usize, e: usize): usize {
  callerStart = p;
  let q = tokenEnd(p, e);
  if (!q) return 0;
  do q++;
  while (load<u8>(q) == SPACE);
  const requester = q;
  q = tokenEnd(q, e);
  if (!q) return 0;
  if (load<u64>(q - 8) == 0x746e6f724664756f && isOriginAccessIdentity(requester, q, e)) q = tokenEnd(q + 24, e);
  callerEnd = q;
  q = tokenEnd(q + 1, e);
  return q ? q + 1 : 0;
}

/** "…user/CloudFront Origin Access Identity E2EXAMPLEID": the one requester with spaces in it. */
function isOriginAccessIdentity(requester: usize, end: usize, e: usize): bool {
  if (end - requester < 15 || load<u64>(end - 15) != 0x6f6c432f72657375) return false;
  if (end + 24 >= e || load<u8>(end + 24) == SPACE) return false;
  // " Origin ", "Access I", "dentity "
  return load<u64>(end) == 0x206e696769724f20 && load<u64>(end, 8) == 0x4920737365636341 && load<u64>(end, 16) == 0x20797469746e6564;
}

/** `[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)+` */
export function isOperation(p: usize, end: usize): bool {
  const first = <u32>load<u8>(p);
  if (first - 65 > 25) return false;
  let dots = 0;
  let wordStart = p;
  for (let q = p; q < end; q++) {
    const c = <u32>load<u8>(q);
    if (c == 0x2e) {
      if (q == wordStart) return false;
      wordStart = q + 1;
      dots++;
    } else if (c - 65 > 25 && c - 48 > 9 && c != 0x5f) return false;
  }
  return dots > 0 && wordStart < end;
}

/** The request URI and the outcome after it. Returns the address of the referer, or 0. */
// @ts-ignore: decorator
@inline
function requestUri(p: usize, e: usize): usize {
  if (p >= e) return 0;
  if (load<u8>(p) != QUOTE) {
    const end = find(p, SPACES);
    if (end == p || end >= e) return 0;
    uriStart = p;
    uriEnd = end;
    const next = outcome(end + 1);
    return next && next <= e ? next : 0;
  }
  uriStart = p + 1;
  let q = p + 1;
  while (true) {
    q = find(q, QUOTES);
    if (q >= e) return 0;
    if (load<u8>(q, 1) == SPACE) {
      const next = outcome(q + 2);
      if (next) {
        uriEnd = q;
        return next <= e ? next : 0;
      }
    }
    q++;
  }
}

/** Referer and user agent. Returns the address after them (a space, or the end), or 0. */
// @ts-ignore: decorator
@inline
function refererAndAgent(r: usize, e: usize): usize {
  if (r >= e) return 0;
  if (load<u8>(r) == QUOTE) {
    const last = findLastQuote(r, e);
    let c = r + 1;
    while (true) {
      c = find(c, QUOTES);
      if (c + 2 >= last) break;
      if (load<u16>(c, 1) == 0x2220) {
        agentStart = c + 3;
        agentEnd = last;
        return last + 1;
      }
      c++;
    }
    if (last == r || last + 1 >= e || load<u8>(last, 1) != SPACE) return 0;
    return bareAgent(last + 2, e);
  }
  const end = find(r, SPACES);
  if (end == r || end >= e) return 0;
  const q = end + 1;
  if (q >= e || load<u8>(q) != QUOTE) return bareAgent(q, e);
  const last = findLastQuote(q, e);
  if (last == q) return 0;
  agentStart = q + 1;
  agentEnd = last;
  return last + 1;
}

/** A user agent without quotes, as on copy and batch delete lines. */
function bareAgent(q: usize, e: usize): usize {
  if (q >= e || load<u8>(q) == QUOTE) return 0;
  let end = find(q, SPACES);
  if (end > e) end = e;
  if (end == q) return 0;
  agentStart = q;
  agentEnd = end;
  return end;
}

/** Version id, host id, then the tail: up to eight tokens, the leading space included. False: no version id. */
// @ts-ignore: decorator
@inline
function tail(p: usize, e: usize): bool {
  if (p + 1 >= e || load<u8>(p) != SPACE || load<u8>(p, 1) == SPACE) return false;
  const versionEnd = find(p + 1, SPACES);
  tailStart = tailEnd = e;
  if (versionEnd >= e) return true;
  const hostEnd = find(versionEnd + 1, SPACES);
  if (hostEnd >= e) return true;
  tailStart = hostEnd;
  // Cut before the ninth token. Nearly all lines have at most eight, so count first, sixteen bytes at a time.
  let spaces: i32 = 0;
  for (let q = hostEnd; q < e; q += 16) {
    let hits = i8x16.bitmask(i8x16.eq(v128.load(q), SPACES));
    const rest = <i32>(e - q);
    if (rest < 16) hits &= (1 << rest) - 1;
    const found = popcnt(hits);
    if (spaces + found > 8) {
      let skip = 8 - spaces;
      while (skip-- > 0) hits &= hits - 1;
      tailEnd = q + <usize>ctz(hits);
      return true;
    }
    spaces += found;
  }
  return true;
}

/** Takes the line [p, e) apart; e is the address of its end, the carriage return not included. */
export function parse(p: usize, e: usize): u32 {
  p = ownerAndBucket(p, e);
  if (!p) return NO_BUCKET;
  if (p + 29 > e || !time(p)) return NO_TIME;
  p = callerAndId(p + 29, e);
  if (!p) return NO_CALLER;
  operationStart = p;
  operationEnd = tokenEnd(p, e);
  if (!operationEnd) return NO_OPERATION;
  keyStart = operationEnd + 1;
  keyEnd = tokenEnd(keyStart, e);
  let reason = OK;
  if (!keyEnd) reason = NO_KEY;
  else if (!(p = requestUri(keyEnd + 1, e))) reason = NO_URI;
  else if (!(p = refererAndAgent(p, e))) reason = NO_AGENT;
  else if (!tail(p, e)) reason = NO_TAIL;
  // A good line's operation is checked by the caller, once per distinct one; a bad line's here.
  return reason == OK || isOperation(operationStart, operationEnd) ? reason : NO_OPERATION;
}

/** Bits of Flow.listing: does the request URI contain list-type=2, marker= or continuation-token=, delimiter= */
export function listing(): u32 {
  let bits: u32 = 0;
  for (let p = uriStart; p < uriEnd; p++) {
    const c = load<u8>(p);
    const rest = uriEnd - p;
    if (c == 0x6c) {
      if (rest >= 11 && load<u64>(p) == 0x7079742d7473696c && load<u32>(p, 7) == 0x323d6570) bits |= 1;
    } else if (c == 0x6d) {
      if (rest >= 7 && load<u32>(p) == 0x6b72616d && load<u32>(p, 3) == 0x3d72656b) bits |= 2;
    } else if (c == 0x63) {
      if (
        rest >= 19 && load<u64>(p) == 0x61756e69746e6f63 && load<u64>(p, 8) == 0x6b6f742d6e6f6974 &&
        load<u32>(p, 15) == 0x3d6e656b
      ) bits |= 2;
    } else if (c == 0x64) {
      if (rest >= 10 && load<u64>(p) == 0x6574696d696c6564 && load<u32>(p, 6) == 0x3d726574) bits |= 4;
    }
  }
  return bits;
}
