/**
 * Every maximum of chartcost, with its name and its reason.
 * The kernel's own copies of the scan limits are set from here when it is started.
 */

/** S3 allows about 8 KB of request headers, so honest lines stay below 20 KB. A longer "line" is not a record. */
export const maxLineBytes = 1 << 20;

/** What a scanner's buffer takes at once; small files come in one piece, so that equal ones are recognised. */
export const readChunkBytes = 1 << 20;
/** One read of a larger file. It should still be in the L2 cache, beside the tables, when it is scanned. */
export const rangeReadBytes = 256 << 10;

/** A file larger than this is cut into ranges of this size, so that several scanners share it. */
export const scanRangeBytes = 8 << 20;

/** Distinct keys kept apart; later ones are pooled into "(other keys)" and reported. Keeps a scan under 400 MB. */
export const maxKeys = 1 << 20;
/** From so many distinct keys on they need the memory: fewer rows are held, and what is dead is given back at once. */
export const manyKeys = 250_000;
/** Bytes of distinct keys kept apart. A million chart names need about 64 MB; reached first only by very long keys. */
export const maxKeyBytes = 160 << 20;

/** Distinct "remote IP + requester" pairs kept apart; beyond, they are pooled into "(other)" and reported. */
export const maxCallers = 1 << 18;
/** Distinct user agents. Scanners on the internet invent them. */
export const maxUserAgents = 1 << 16;
/** Distinct line tails (signature, TLS, host header, access point, source region). */
export const maxTails = 1 << 16;
/** Distinct buckets, operations, and status + error pairs. Real logs have tens. */
export const maxBuckets = 1 << 12;
export const maxOperations = 1 << 10;
export const maxOutcomes = 1 << 11;
/** Distinct flows. */
export const maxFlows = 1 << 19;

/** Unparsed lines that are kept as samples in the report. All are counted. */
export const maxUnparsedSamples = 20;
/** Bytes of an unparsed line that a sample may show. */
export const maxSampleBytes = 160;

/** Bytes looked at to decide whether a file is an access log at all. */
export const sniffBytes = 64 << 10;

/** Rows of one breakdown in machine formats when `--top` is not given. */
export const defaultMachineRows = 1000;
/** Rows of one breakdown in a table when `--top` is not given. */
export const defaultTableRows = 10;
