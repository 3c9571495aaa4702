// Minute rows picked out of all, or folded into hours: a block that grows.

import { Index } from "./hash";
import { Records } from "./memory";
import { bytesSentAt, firstAt, flowAt, lastAt, objectBytesAt, requestsAt, timeAt } from "./rows";

// A row: flow, time, requests, first, last as words, a spare one, bytes sent and object bytes as doubles.
const WIDTH: usize = 40;

// @ts-ignore: decorator
@unmanaged
class Rows {
  /** Flow and hour to row; not used while rows are only picked. */
  index: Index = Index.create();
  rows: Records = Records.create(WIDTH);
  size: u32;
}

export function newRows(): usize {
  return changetype<usize>(new Rows());
}

export function freeRows(address: usize): void {
  const rows = changetype<Rows>(address);
  rows.index.free();
  rows.rows.free();
  heap.free(address);
}

/** Folds the chunk's minute rows whose times lie in [from, to) into one row per flow and hour. */
export function foldRows(address: usize, count: u32, from: i32, to: i32): void {
  const rows = changetype<Rows>(address);
  const index = rows.index;
  for (let row: u32 = 0; row < count; row++) {
    const minute = timeAt(row);
    if (minute < from || minute >= to) continue;
    const hour = <u32>minute / 60;
    const flow = flowAt(row);
    const secondsIn = (minute - <i32>(hour * 60)) * 60;
    const number = index.number(flow, hour, 0);
    if (number == rows.size) {
      append(rows, row, flow, <i32>(hour * 60), secondsIn);
      continue;
    }
    const at = rows.rows.at(number);
    store<i32>(at, load<i32>(at, 8) + requestsAt(row), 8);
    store<i32>(at, min(load<i32>(at, 12), secondsIn + firstAt(row)), 12);
    store<i32>(at, max(load<i32>(at, 16), secondsIn + lastAt(row)), 16);
    store<f64>(at, load<f64>(at, 24) + bytesSentAt(row), 24);
    store<f64>(at, load<f64>(at, 32) + objectBytesAt(row), 32);
  }
}

/** Keeps the chunk's rows of the flows that `mask`, a byte per flow, has a 1 for, and whose times lie in [from, to). */
export function pickRows(address: usize, count: u32, mask: usize, from: i32, to: i32): void {
  const rows = changetype<Rows>(address);
  for (let row: u32 = 0; row < count; row++) {
    const flow = flowAt(row);
    const time = timeAt(row);
    if (load<u8>(mask + flow) == 1 && time >= from && time < to) append(rows, row, flow, time, 0);
  }
}

// @ts-ignore: decorator
@inline
function append(rows: Rows, row: u32, flow: u32, time: i32, secondsIn: i32): void {
  const number = rows.size++;
  rows.rows.reserve(number);
  const at = rows.rows.at(number);
  store<u32>(at, flow);
  store<i32>(at, time, 4);
  store<i32>(at, requestsAt(row), 8);
  store<i32>(at, secondsIn + firstAt(row), 12);
  store<i32>(at, secondsIn + lastAt(row), 16);
  store<f64>(at, bytesSentAt(row), 24);
  store<f64>(at, objectBytesAt(row), 32);
}

export function rowsSize(address: usize): u32 {
  return changetype<Rows>(address).size;
}

/** The rows as columns, one behind the other: the two of doubles, then the five of words. The host frees them. */
export function rowColumns(address: usize): usize {
  const rows = changetype<Rows>(address);
  const width = <usize>rows.size << 2;
  const columns = heap.alloc(max<usize>(1, width * 9));
  let doubles = columns;
  let words = columns + (width << 2);
  for (let row: u32 = 0; row < rows.size; row++) {
    const at = rows.rows.at(row);
    store<f64>(doubles, load<f64>(at, 24));
    store<f64>(doubles + (width << 1), load<f64>(at, 32));
    let word = words;
    store<u32>(word, load<u32>(at));
    store<u32>((word += width), load<u32>(at, 4));
    store<u32>((word += width), load<u32>(at, 8));
    store<u32>((word += width), load<u32>(at, 12));
    store<u32>(word + width, load<u32>(at, 16));
    doubles += 8;
    words += 4;
  }
  return columns;
}
