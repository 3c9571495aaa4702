// From a parsed line to its flow id. A thread's recent flows are remembered by the bytes they came from, so that
// nearly every line costs one look-up instead of seven.

import { equal, lanes, mix } from "./bytes";
import { NOT_FOUND, intern, internCoarseFlow, internFlow, otherId } from "./intern";
import {
  agentEnd, agentStart, bucketEnd, callerEnd, callerStart, operationEnd, operationStart, tailEnd, tailStart,
} from "./line";
import {
  FLOW_CACHE_BYTES, FLOW_CACHE_SLOTS, KIND_AGENT, KIND_BUCKET, KIND_CALLER, KIND_OPERATION, KIND_OUTCOME,
  KIND_TAIL, KINDS, R_FLOW_CACHE, R_POOLED, R_TUPLE, STRINGS,
} from "./memory";
import { outcomeEnd, outcomeStart } from "./outcome";

// A remembered flow: hash u64, flow u32, listing u32, five lengths u32, then the bytes of bucket and the five spans.
const BYTES: usize = 48;
const ROOM: usize = FLOW_CACHE_BYTES - BYTES - 16;

let region: usize = 0;

export function useRegion(regionAddress: usize): void {
  region = regionAddress;
}

/** Records that went to "(other)", by kind. Returns the id that stands for them. */
export function pooled(kind: u32): u32 {
  const at = region + R_POOLED + (<usize>kind << 2);
  store<u32>(at, load<u32>(at) + 1);
  return otherId(kind);
}

/** The flow of the line that `parse` took apart last; p is the start of the line. */
export function flowOf(p: usize, listing: u32): u32 {
  const bucketLength = <u32>(bucketEnd - p);
  const callerLength = <u32>(callerEnd - callerStart);
  const operationLength = <u32>(operationEnd - operationStart);
  const outcomeLength = <u32>(outcomeEnd - outcomeStart);
  const agentLength = <u32>(agentEnd - agentStart);
  const tailLength = <u32>(tailEnd - tailStart);
  let h = lanes(callerStart, callerLength, <u64>listing);
  h = lanes(agentStart, agentLength, h);
  h = lanes(tailStart, tailLength, h);
  h = lanes(operationStart, operationLength, h);
  h = mix(lanes(outcomeStart, outcomeLength, h));
  const slot = <usize>load<u32>(region + R_FLOW_CACHE) + (<usize>h & (FLOW_CACHE_SLOTS - 1)) * FLOW_CACHE_BYTES;
  if (
    load<u64>(slot) == h && load<u32>(slot, 12) == listing && load<u32>(slot, 16) == bucketLength &&
    load<u32>(slot, 20) == callerLength && load<u32>(slot, 24) == operationLength &&
    load<u32>(slot, 28) == outcomeLength && load<u32>(slot, 32) == agentLength && load<u32>(slot, 36) == tailLength
  ) {
    let at = slot + BYTES;
    if (equal(at, p, bucketLength)) {
      at += bucketLength;
      if (equal(at, callerStart, callerLength)) {
        at += callerLength;
        if (equal(at, operationStart, operationLength)) {
          at += operationLength;
          if (equal(at, outcomeStart, outcomeLength)) {
            at += outcomeLength;
            if (equal(at, agentStart, agentLength) && equal(at + agentLength, tailStart, tailLength)) {
              return load<u32>(slot, 8);
            }
          }
        }
      }
    }
  }
  const flow = slowFlow(p, listing);
  const all = <usize>bucketLength + callerLength + operationLength + outcomeLength + agentLength + tailLength;
  // A pooled flow is counted as such each time, so it is not remembered.
  if (all <= ROOM && !pooledNow) {
    store<u64>(slot, h);
    store<u32>(slot, flow, 8);
    store<u32>(slot, listing, 12);
    store<u32>(slot, bucketLength, 16);
    store<u32>(slot, callerLength, 20);
    store<u32>(slot, operationLength, 24);
    store<u32>(slot, outcomeLength, 28);
    store<u32>(slot, agentLength, 32);
    store<u32>(slot, tailLength, 36);
    let at = slot + BYTES;
    memory.copy(at, p, bucketLength);
    memory.copy((at += bucketLength), callerStart, callerLength);
    memory.copy((at += callerLength), operationStart, operationLength);
    memory.copy((at += operationLength), outcomeStart, outcomeLength);
    memory.copy((at += outcomeLength), agentStart, agentLength);
    memory.copy(at + agentLength, tailStart, tailLength);
  }
  return flow;
}

let pooledNow: bool = false;

function stringId(kind: u32, from: usize, to: usize): u32 {
  const id = intern(STRINGS, kind, from, <u32>(to - from));
  if (id != NOT_FOUND) return id;
  pooledNow = true;
  return pooled(kind);
}

function slowFlow(p: usize, listing: u32): u32 {
  pooledNow = false;
  const tuple = region + R_TUPLE;
  store<u32>(tuple, stringId(KIND_BUCKET, p, bucketEnd));
  store<u32>(tuple, stringId(KIND_CALLER, callerStart, callerEnd), 4);
  store<u32>(tuple, stringId(KIND_OPERATION, operationStart, operationEnd), 8);
  store<u32>(tuple, stringId(KIND_OUTCOME, outcomeStart, outcomeEnd), 12);
  store<u32>(tuple, stringId(KIND_AGENT, agentStart, agentEnd), 16);
  store<u32>(tuple, stringId(KIND_TAIL, tailStart, tailEnd), 20);
  store<u32>(tuple, listing, 24);
  const flow = internFlow(tuple);
  return flow == NOT_FOUND ? coarseFlow(tuple) : flow;
}

/** Beyond the limit of flows: caller, user agent and tail are pooled; what decides the request price stays. */
function coarseFlow(tuple: usize): u32 {
  pooledNow = true;
  pooled(KINDS);
  store<u32>(tuple, otherId(KIND_CALLER), 4);
  store<u32>(tuple, otherId(KIND_AGENT), 16);
  store<u32>(tuple, otherId(KIND_TAIL), 20);
  return internCoarseFlow(tuple);
}
