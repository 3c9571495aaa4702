// The rows being added up: the host copies a chunk of a block's columns here and calls.

/** Rows of a chunk: 52 bytes each, so that a chunk stays in the processor's second-level cache. */
export const CHUNK_ROWS: u32 = 8192;

const ROWS = <usize>CHUNK_ROWS;
const chunk = heap.alloc(ROWS * 52);
const FLOW: usize = 0;
const TIME: usize = FLOW + ROWS * 4;
const KEY: usize = TIME + ROWS * 4;
const BYTES_SENT: usize = KEY + ROWS * 4;
const OBJECT_BYTES: usize = BYTES_SENT + ROWS * 8;
// Words of blocks, doubles of totals.
const REQUESTS: usize = OBJECT_BYTES + ROWS * 8;
const FIRST: usize = REQUESTS + ROWS * 8;
const LAST: usize = FIRST + ROWS * 8;

/** Where the chunk stands; kernel.ts knows the order of its columns. */
export function chunkAddress(): usize {
  return chunk;
}

// @ts-ignore: decorator
@inline
export function flowAt(row: u32): u32 {
  return load<u32>(chunk + FLOW + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function timeAt(row: u32): i32 {
  return load<i32>(chunk + TIME + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function keyAt(row: u32): u32 {
  return load<u32>(chunk + KEY + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function bytesSentAt(row: u32): f64 {
  return load<f64>(chunk + BYTES_SENT + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline
export function objectBytesAt(row: u32): f64 {
  return load<f64>(chunk + OBJECT_BYTES + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline
export function requestsAt(row: u32): i32 {
  return load<i32>(chunk + REQUESTS + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function firstAt(row: u32): i32 {
  return load<i32>(chunk + FIRST + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function lastAt(row: u32): i32 {
  return load<i32>(chunk + LAST + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function wideRequestsAt(row: u32): f64 {
  return load<f64>(chunk + REQUESTS + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline
export function wideFirstAt(row: u32): f64 {
  return load<f64>(chunk + FIRST + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline
export function wideLastAt(row: u32): f64 {
  return load<f64>(chunk + LAST + (<usize>row << 3));
}
