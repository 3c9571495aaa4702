// Dictionaries: bytes -> id, and seven ids -> flow id. Shared by all threads.

import { equal, hash, mix } from "./bytes";
import {
  COARSE_FLOWS, D_ARENA, D_ARENA_LIMIT, D_ARENA_USED, D_COUNT, D_ENTRIES, D_LIMIT, D_NEXT_TABLE, D_TABLE, ENTRY_BYTES, FLOWS,
  FLOW_BYTES, KIND_COUNTS, KIND_KEY, KIND_LIMITS, KIND_OTHER, LOCK,
} from "./memory";

export const NOT_FOUND: u32 = 0xffffffff;

/**
 * Spins: the lock is held for well under a microsecond, and only for a new entry. It must not sleep: V8's baseline
 * compiler (Node 20) loses the locals of a function across `atomic.wait`, and this one is inlined into its callers.
 */
function lock(): void {
  while (atomic.cmpxchg<i32>(LOCK, 0, 1) != 0) {
    while (atomic.load<i32>(LOCK) != 0) {}
  }
}

function unlock(): void {
  atomic.store<i32>(LOCK, 0);
}

/** Probes from the hash. Returns the id, or NOT_FOUND with the free slot in `freeSlot`. */
let freeSlot: usize = 0;
function probe(dictionary: usize, kind: u32, p: usize, length: u32, h: u64): u32 {
  const table = atomic.load<u64>(dictionary + D_TABLE);
  const slots = <u32>table;
  const mask = <u32>(table >> 32);
  const entries = load<u32>(dictionary + D_ENTRIES);
  const tag = <u32>(h >> 32);
  let slot = <u32>h & mask;
  while (true) {
    const at = <usize>slots + (<usize>slot << 3);
    const value = atomic.load<u64>(at);
    if (value == 0) {
      freeSlot = at;
      return NOT_FOUND;
    }
    if (<u32>(value >> 32) == tag) {
      const id = <u32>value - 1;
      const entry = <usize>entries + <usize>id * ENTRY_BYTES;
      if (load<u32>(entry, 4) == length && load<u32>(entry, 12) == kind && equal(load<u32>(entry), p, length)) return id;
    }
    slot = (slot + 1) & mask;
  }
}

/** The id of bytes that are already known, else NOT_FOUND. */
export function lookup(dictionary: usize, kind: u32, p: usize, length: u32): u32 {
  return probe(dictionary, kind, p, length, hash(p, length, kind));
}

/** The id of the bytes; NOT_FOUND when the dictionary has no room for another one. */
export function intern(dictionary: usize, kind: u32, p: usize, length: u32): u32 {
  const h = hash(p, length, kind);
  const known = probe(dictionary, kind, p, length, h);
  if (known != NOT_FOUND) return known;
  if (atomic.load<u32>(KIND_COUNTS + (<usize>kind << 2)) >= load<u32>(KIND_LIMITS + (<usize>kind << 2))) return NOT_FOUND;
  lock();
  let id = probe(dictionary, kind, p, length, h);
  if (id == NOT_FOUND) id = append(dictionary, kind, p, length, h, freeSlot);
  unlock();
  return id;
}

/** Adds bytes as the next entry, under the lock. `slot` 0: the entry gets an id but cannot be found. */
function append(dictionary: usize, kind: u32, p: usize, length: u32, h: u64, slot: usize): u32 {
  const id = load<u32>(dictionary + D_COUNT);
  const used = load<u32>(dictionary + D_ARENA_USED);
  if (id >= load<u32>(dictionary + D_LIMIT) || used + length + 16 > load<u32>(dictionary + D_ARENA_LIMIT)) {
    // Full for good: spare later misses the lock.
    atomic.store<u32>(KIND_LIMITS + (<usize>kind << 2), 0);
    return NOT_FOUND;
  }
  const bytes = load<u32>(dictionary + D_ARENA) + used;
  memory.copy(bytes, p, length);
  const entry = <usize>load<u32>(dictionary + D_ENTRIES) + <usize>id * ENTRY_BYTES;
  store<u32>(entry, bytes);
  store<u32>(entry, length, 4);
  store<u32>(entry, <u32>h, 8);
  store<u32>(entry, kind, 12);
  store<u32>(dictionary + D_ARENA_USED, used + length);
  atomic.add<u32>(KIND_COUNTS + (<usize>kind << 2), 1);
  atomic.store<u32>(dictionary + D_COUNT, id + 1);
  if (slot) atomic.store<u64>(slot, (h & 0xffffffff00000000) | <u64>(id + 1));
  grow(dictionary, id + 1);
  return id;
}

/**
 * Keeps the slot table at most three quarters full, under the lock. Other threads may go on probing the old table: what they
 * find there is right, and what they miss they look up again under the lock, in the new one.
 */
function grow(dictionary: usize, count: u32): void {
  const table = load<u64>(dictionary + D_TABLE);
  const mask = <u32>(table >> 32);
  if (count <= (mask >> 2) * 3) return;
  const oldSlots = <usize>(<u32>table);
  const newMask = (mask << 1) | 1;
  const newSlots = <usize>load<u32>(dictionary + D_NEXT_TABLE);
  const entries = <usize>load<u32>(dictionary + D_ENTRIES);
  for (let i: u32 = 0; i <= mask; i++) {
    const value = load<u64>(oldSlots + (<usize>i << 3));
    if (value == 0) continue;
    let slot = hashOf(dictionary, entries, <u32>value - 1) & newMask;
    while (load<u64>(newSlots + (<usize>slot << 3)) != 0) slot = (slot + 1) & newMask;
    store<u64>(newSlots + (<usize>slot << 3), value);
  }
  store<u32>(dictionary + D_NEXT_TABLE, <u32>newSlots + ((newMask + 1) << 3));
  atomic.store<u64>(dictionary + D_TABLE, (<u64>newMask << 32) | <u64>newSlots);
}

/** The low half of an entry's hash: strings keep it, flows are hashed again. */
function hashOf(dictionary: usize, entries: usize, id: u32): u32 {
  return dictionary == FLOWS
    ? <u32>flowHash(entries + <usize>id * FLOW_BYTES)
    : load<u32>(entries + <usize>id * ENTRY_BYTES, 8);
}

/** For reading a dataset back: the entry gets the next id even if the same bytes are already there. */
export function restore(dictionary: usize, kind: u32, p: usize, length: u32): u32 {
  const h = hash(p, length, kind);
  lock();
  const known = probe(dictionary, kind, p, length, h);
  const id = append(dictionary, kind, p, length, h, known == NOT_FOUND ? freeSlot : 0);
  unlock();
  return id;
}

export function otherId(kind: u32): u32 {
  return load<u32>(KIND_OTHER + (<usize>kind << 2));
}

// ---- flows

function flowHash(p: usize): u64 {
  const a = load<u64>(p) * 0x9e3779b97f4a7c15;
  const b = (load<u64>(p, 8) ^ rotl(a, 32)) * 0xd6e8feb86659fd93;
  const c = (load<u64>(p, 16) ^ rotl(b, 31)) * 0x9e3779b97f4a7c15;
  return mix(c ^ rotl(<u64>load<u32>(p, 24) * 0xd6e8feb86659fd93, 23) ^ rotl(a, 13));
}

function probeFlow(p: usize, h: u64): u32 {
  const table = atomic.load<u64>(FLOWS + D_TABLE);
  const slots = <u32>table;
  const mask = <u32>(table >> 32);
  const entries = load<u32>(FLOWS + D_ENTRIES);
  const tag = <u32>(h >> 32);
  let slot = <u32>h & mask;
  while (true) {
    const at = <usize>slots + (<usize>slot << 3);
    const value = atomic.load<u64>(at);
    if (value == 0) {
      freeSlot = at;
      return NOT_FOUND;
    }
    if (<u32>(value >> 32) == tag && equal(<usize>entries + <usize>(<u32>value - 1) * FLOW_BYTES, p, 28)) return <u32>value - 1;
    slot = (slot + 1) & mask;
  }
}

/** The flow of the seven words at p; NOT_FOUND when there is no room for another flow. */
export function internFlow(p: usize): u32 {
  const h = flowHash(p);
  const known = probeFlow(p, h);
  if (known != NOT_FOUND) return known;
  if (atomic.load<u32>(FLOWS + D_COUNT) >= load<u32>(FLOWS + D_LIMIT)) return NOT_FOUND;
  lock();
  let id = probeFlow(p, h);
  if (id == NOT_FOUND) id = appendFlow(p, h, freeSlot);
  unlock();
  return id;
}

function appendFlow(p: usize, h: u64, slot: usize): u32 {
  const id = load<u32>(FLOWS + D_COUNT);
  // The limit is checked without the lock; a few flows of headroom behind it absorb the race.
  memory.copy(<usize>load<u32>(FLOWS + D_ENTRIES) + <usize>id * FLOW_BYTES, p, 28);
  atomic.store<u32>(FLOWS + D_COUNT, id + 1);
  if (slot) atomic.store<u64>(slot, (h & 0xffffffff00000000) | <u64>(id + 1));
  grow(FLOWS, id + 1);
  return id;
}

/** For reading a dataset back: the flow gets the next id even if an equal one is already there. */
export function restoreFlowAt(p: usize): u32 {
  const h = flowHash(p);
  lock();
  const known = probeFlow(p, h);
  const id = appendFlow(p, h, known == NOT_FOUND ? freeSlot : 0);
  unlock();
  return id;
}

/**
 * Adds a flow beyond the limit: the coarse ones that stand for what was pooled. A log that invents operations and
 * outcomes fills the room for those too; from then on one flow takes everything.
 */
export function internCoarseFlow(p: usize): u32 {
  let h = flowHash(p);
  lock();
  let id = probeFlow(p, h);
  if (id == NOT_FOUND && load<u32>(FLOWS + D_COUNT) >= load<u32>(FLOWS + D_LIMIT) + COARSE_FLOWS) {
    for (let kind: u32 = 0; kind < KIND_KEY; kind++) store<u32>(p + (<usize>kind << 2), otherId(kind));
    store<u32>(p, 0, 24);
    h = flowHash(p);
    id = probeFlow(p, h);
  }
  if (id == NOT_FOUND) id = appendFlow(p, h, freeSlot);
  unlock();
  return id;
}
