/**
 * What answers need of a cache: the process that asks S3 has a Cache (cache.ts), worker processes ask that one
 * (workers/owner-lookup.ts). The same for the index: IndexHolder, or what the owner holds.
 */
import type { IndexHolder } from "../index-file/holder.ts";
import type { Cache } from "./cache.ts";

export type Lookup = Pick<Cache, "find" | "fillsInFlight" | "waiters" | "purgeMoving" | "settled">;
export type IndexLookup = Pick<IndexHolder, "find" | "current" | "forget" | "takeOver">;
