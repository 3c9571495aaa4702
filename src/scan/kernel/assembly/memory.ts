// The one shared memory of a scan, as the host lays it out (scan/layout.ts).
//
// Shared by all scanner threads: the header below and the dictionaries it points to. Entries are only ever
// added, under the lock; a slot is published with one atomic store, so look-ups take no lock.
// Private to one thread: its region (counters, samples, cells, read buffer).

// Header words. Addresses are in bytes.
export const LOCK: usize = 0;
export const WINDOW_FROM: usize = 8; // i64, unix seconds, inclusive
export const WINDOW_TO: usize = 16; // i64, exclusive
export const BUCKET_FILTER: usize = 24; // pointer to the bucket name, 0: none
export const BUCKET_FILTER_LENGTH: usize = 28;
export const MAX_LINE_BYTES: usize = 32;
export const CLAIM_SLOTS: usize = 36; // pointer
export const CLAIM_MASK: usize = 40;

// Dictionary descriptors: ten words each.
export const STRINGS: usize = 64;
export const KEYS: usize = 128;
export const FLOWS: usize = 192;
export const D_TABLE: usize = 0; // u64: slot count - 1 << 32 | pointer to u64 slots: hash << 32 | id + 1
export const D_ENTRIES: usize = 8; // pointer to entries
export const D_COUNT: usize = 12; // entries in use
export const D_LIMIT: usize = 16; // entries at most
export const D_ARENA: usize = 20; // pointer to the bytes
export const D_ARENA_USED: usize = 24;
export const D_ARENA_LIMIT: usize = 28;
export const D_NEXT_TABLE: usize = 32; // where the next, larger slot table goes

// Kinds of strings. KIND_COUNTS and KIND_LIMITS hold a word per kind, KIND_OTHER the id that stands for
// everything beyond the limit.
export const KIND_BUCKET: u32 = 0; // "owner bucket"
export const KIND_CALLER: u32 = 1; // "remote-ip requester"
export const KIND_OPERATION: u32 = 2;
export const KIND_OUTCOME: u32 = 3; // "status error"
export const KIND_AGENT: u32 = 4;
export const KIND_TAIL: u32 = 5; // "" or " sigv cipher auth host tls arn acl region"
export const KIND_KEY: u32 = 6; // lives in KEYS
export const KINDS: u32 = 7;
export const KIND_COUNTS: usize = 256;
export const KIND_LIMITS: usize = 288;
export const KIND_OTHER: usize = 320;

// Region words, relative to the region.
export const R_LINES: usize = 0;
export const R_RECORDS: usize = 4;
export const R_BLANK: usize = 8;
export const R_OUTSIDE_WINDOW: usize = 12;
export const R_OTHER_BUCKET: usize = 16;
export const R_UNPARSED: usize = 20;
export const R_SAMPLES: usize = 24; // samples taken since the host last looked
export const R_FULL: usize = 28; // 1: the cells must be taken away before more lines fit
export const R_DISCARDING: usize = 32; // 1: inside a line that is longer than the limit
export const R_MINUTE_CELLS: usize = 40; // eight words: see T_HOT and the following
export const R_HOUR_CELLS: usize = 72;
export const R_FLOW_CACHE: usize = 36; // pointer to FLOW_CACHE_SLOTS entries of FLOW_CACHE_BYTES
export const R_POOLED: usize = 3968; // a word per kind: records that went to "other", then one for flows
// 112 and 120 hold the host's progress counters.
export const R_SAMPLE_AREA: usize = 128;

export const R_HEAD: usize = 3712; // 256 bytes and padding
export const R_TUPLE: usize = 4032; // the seven words of a flow, and padding
export const REGION_HEADER: usize = 4096;

export const SAMPLE_LIMIT: u32 = 20;
export const SAMPLE_TEXT: u32 = 160;
export const SAMPLE_BYTES: u32 = 176; // line, offset, length, reason, text

export const ENTRY_BYTES: usize = 16; // offset of the bytes, length, hash, kind
export const FLOW_BYTES: usize = 32; // seven words, one spare
// Coarse flows behind the limit. The host reserves 65,536; what is left of them absorbs races between threads.
export const COARSE_FLOWS: u32 = 65_000;
export const CELL_BYTES: usize = 40; // flow, time, key, requests, first, last, bytes f64, object bytes f64

// Words of a cell table, set by the host.
export const T_HOT: usize = 0; // pointer
export const T_COUNT: usize = 4;
export const T_LIMIT: usize = 8;
export const T_SLOTS: usize = 12; // pointer to u32 slots
export const T_MASK: usize = 16; // slot count - 1
export const T_COLD: usize = 20; // pointer
export const T_COLD_COUNT: usize = 24;
export const T_COLD_LIMIT: usize = 28;

export const FLOW_CACHE_SLOTS: u32 = 1024;
export const FLOW_CACHE_BYTES: usize = 512;
