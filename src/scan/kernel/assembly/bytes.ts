// Finding, comparing and hashing bytes, sixteen at a time.
// Inlined functions work on copies of what they change: the compiler lets an inlined parameter share the
// caller's variable.
// All of these may read up to 16 bytes past what they are asked about: every buffer has that much padding.

/** Address of the first `pattern` byte at or after p. There must be one: the read buffer ends in sentinels. */
// @ts-ignore: decorator
@inline
export function find(from: usize, pattern: v128): usize {
  let p = from;
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), pattern));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
}

/** Like `find`, four loads a step: for the long way to the end of a line. */
// @ts-ignore: decorator
@inline
export function findFar(from: usize, pattern: v128): usize {
  let p = from;
  while (true) {
    const a = i8x16.eq(v128.load(p), pattern);
    const b = i8x16.eq(v128.load(p, 16), pattern);
    const c = i8x16.eq(v128.load(p, 32), pattern);
    const d = i8x16.eq(v128.load(p, 48), pattern);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16));
      const high = <u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16));
      return p + <usize>ctz(low | (high << 32));
    }
    p += 64;
  }
}

/** Address of the last double quote in [from, to), or 0. */
export function findLastQuote(from: usize, to: usize): usize {
  const pattern = i8x16.splat(0x22);
  let p = to;
  while (p >= from + 16) {
    p -= 16;
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), pattern));
    if (hits) return p + 31 - <usize>clz(hits);
  }
  const rest = p - from;
  if (rest == 0) return 0;
  const hits = i8x16.bitmask(i8x16.eq(v128.load(from), pattern)) & ((1 << <i32>rest) - 1);
  return hits ? from + 31 - <usize>clz(hits) : 0;
}

export function equal(a: usize, b: usize, length: usize): bool {
  while (length >= 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) != 0xffff) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  if (length == 0) return true;
  const same = i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
  return (same | (-1 << <i32>length)) == -1;
}

const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xd6e8feb86659fd93;

/** Two multiply-rotate lanes over the bytes, begun from `seed`, not yet mixed. */
// @ts-ignore: decorator
@inline
export function lanes(from: usize, count: usize, seed: u64): u64 {
  let p = from;
  let length = count;
  let a = seed ^ (<u64>length * K2);
  let b = K1;
  while (length >= 16) {
    a = rotl(a ^ load<u64>(p), 29) * K1;
    b = rotl(b ^ load<u64>(p, 8), 31) * K2;
    p += 16;
    length -= 16;
  }
  if (length > 8) {
    a = rotl(a ^ load<u64>(p), 29) * K1;
    p += 8;
    length -= 8;
  }
  if (length > 0) {
    const keep = <u64>-1 >> (64 - (<u64>length << 3));
    b = rotl(b ^ (load<u64>(p) & keep), 31) * K2;
  }
  return a ^ rotl(b, 17);
}

/** Equality is always checked on the bytes, so this needs speed and spread only. */
export function hash(p: usize, length: usize, seed: u64): u64 {
  return mix(lanes(p, length, seed));
}

// @ts-ignore: decorator
@inline
export function mix(value: u64): u64 {
  let h = value ^ (value >> 32);
  h *= K1;
  h ^= h >> 29;
  h *= K2;
  return h ^ (h >> 32);
}
