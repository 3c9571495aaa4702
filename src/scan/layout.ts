/**
 * Where things stand in the one shared memory of a scan.
 *
 * Mirrors kernel/assembly/memory.ts: a fixed header, the dictionaries that all scanner threads share, and one
 * region per thread. Everything is laid out for its limit, but the system commits only pages that are touched.
 */
import * as limits from "../model/limits.ts";

/** Kinds of strings in the dictionaries; the numbers are the kernel's. */
export const Kind = { bucket: 0, caller: 1, operation: 2, outcome: 3, agent: 4, tail: 5, key: 6 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const kindCount = 7;

/** Header addresses. */
export const header = {
	windowFrom: 8,
	windowTo: 16,
	bucketFilter: 24,
	bucketFilterLength: 28,
	maxLineBytes: 32,
	claimSlots: 36,
	claimMask: 40,
	/** Set to 1 by the host when the user pressed Ctrl-C; read between two reads from disk. */
	abort: 44,
	strings: 64,
	keys: 128,
	flows: 192,
	kindCounts: 256,
	kindLimits: 288,
	kindOther: 320,
} as const;

/** Words of a dictionary descriptor, in bytes from its start. */
export const descriptor = {
	slots: 0,
	mask: 4,
	entries: 8,
	count: 12,
	limit: 16,
	arena: 20,
	arenaUsed: 24,
	arenaLimit: 28,
	nextTable: 32,
} as const;

/** Words of a region, in bytes from its start. */
export const regionWord = {
	lines: 0,
	records: 4,
	blank: 8,
	outsideWindow: 12,
	otherBucket: 16,
	unparsed: 20,
	samples: 24,
	full: 28,
	discarding: 32,
	flowCache: 36,
	minute: 40,
	hour: 72,
	/** Doubles, written by the host for the progress line. */
	progressLines: 112,
	progressBytes: 120,
	sampleArea: 128,
	/** A word per kind, then one for flows. */
	pooled: 3968,
} as const;

/** Words of a cell table descriptor. */
export const tableWord = { hot: 0, count: 4, cold: 20, coldCount: 24, coldLimit: 28 } as const;
export const cellBytes = 40;
export const sampleBytes = 176;
export const sampleTextBytes = 160;
export const entryBytes = 16;
export const flowBytes = 32;
const regionHeaderBytes = 4096;
/** Slot tables start this small and grow by 2, so that a small scan stays in the processor's caches. */
const firstSlots = 4096;
const flowCacheBytes = 1024 * 512;
/** Slack behind every buffer that the kernel may read, but not interpret. */
const paddingBytes = 128;

/** Where one scanner thread finds its own part of the memory. */
export interface Region {
	address: number;
	bufferAddress: number;
	bufferBytes: number;
}

export interface LayoutOptions {
	scanners: number;
	/** Small whole files whose content may be claimed; sizes the claim table. */
	files: number;
	/** Cells that each region holds before they must be taken away. Tests make them few. */
	minuteCells?: number;
	hourCells?: number;
	/** Cells of the hot tables; powers of two. */
	hotCells?: number;
	maxKeys?: number;
	maxFlows?: number;
	kindLimits?: Partial<Record<Kind, number>>;
}

export interface Layout {
	memory: WebAssembly.Memory;
	regions: Region[];
	/** The `kindLimits` and dictionary sizes in force. */
	limits: { keys: number; flows: number; kinds: number[] };
}

/** Cells of all threads together, so that more threads do not need more memory. */
const totalMinuteCells = 1 << 16;
const totalHourCells = 1 << 18;
/** Hot cells and their slots stay in the second-level cache: 450 KB and 900 KB. */
const hotMinuteCells = 1 << 13;
const hotHourCells = 1 << 14;

const defaultKindLimits: number[] = [
	limits.maxBuckets,
	limits.maxCallers,
	limits.maxOperations,
	limits.maxOutcomes,
	limits.maxUserAgents,
	limits.maxTails,
	limits.maxKeys,
];

/** Creates the memory and writes the header. Nothing is interned yet. */
export function createLayout(options: LayoutOptions): Layout {
	const kinds = defaultKindLimits.map((limit, kind) => options.kindLimits?.[kind as Kind] ?? limit);
	const maxKeys = options.maxKeys ?? limits.maxKeys;
	const maxFlows = options.maxFlows ?? limits.maxFlows;
	kinds[Kind.key] = maxKeys;
	const maxStrings = kinds.slice(0, Kind.key).reduce((sum, limit) => sum + limit, 0) + 64;

	let next = 65_536;
	const reserve = (bytes: number): number => {
		const address = next;
		next += Math.ceil(bytes / 64) * 64 + paddingBytes;
		return address;
	};
	const dictionary = (entries: number, bytesPerEntry: number, arenaBytes: number) => ({
		// All sizes a table goes through, one behind the other: 4096, 8192 … up to three times the entries.
		slots: reserve(slotsUpTo(entries) * 8),
		mask: firstSlots - 1,
		entries: reserve(entries * bytesPerEntry),
		limit: entries,
		arena: arenaBytes === 0 ? 0 : reserve(arenaBytes),
		arenaLimit: arenaBytes,
	});
	const strings = dictionary(maxStrings, entryBytes, 96 << 20);
	const keys = dictionary(maxKeys + 1, entryBytes, limits.maxKeyBytes);
	// Behind the limit there is room for the coarse flows that stand for what was pooled.
	const flows = dictionary(maxFlows + 65_536, flowBytes, 0);
	const claims = powerOfTwo(Math.max(1024, options.files * 2));
	const claimSlots = reserve(claims * 16);

	const minuteCells = options.minuteCells ?? Math.ceil(totalMinuteCells / options.scanners);
	const hourCells = options.hourCells ?? Math.ceil(totalHourCells / options.scanners);
	const [hotMinutes, hotHours] = [options.hotCells ?? hotMinuteCells, options.hotCells ?? hotHourCells];
	const regions: Region[] = [];
	const tables: number[][] = [];
	const flowCaches: number[] = [];
	for (let i = 0; i < options.scanners; i++) {
		const address = reserve(regionHeaderBytes);
		tables.push(cellTable(reserve, hotMinutes, minuteCells), cellTable(reserve, hotHours, hourCells));
		flowCaches.push(reserve(flowCacheBytes));
		const bufferBytes = limits.maxLineBytes + limits.readChunkBytes + paddingBytes;
		regions.push({ address, bufferAddress: reserve(bufferBytes + paddingBytes), bufferBytes });
	}

	const pages = Math.ceil(next / 65_536) + 1;
	const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
	const words = new Int32Array(memory.buffer);
	const put = (address: number, value: number): void => {
		words[address >> 2] = value;
	};
	for (const [base, d] of [
		[header.strings, strings],
		[header.keys, keys],
		[header.flows, flows],
	] as const) {
		put(base + descriptor.slots, d.slots);
		put(base + descriptor.mask, d.mask);
		put(base + descriptor.entries, d.entries);
		put(base + descriptor.limit, d === flows ? maxFlows : d.limit);
		put(base + descriptor.arena, d.arena);
		put(base + descriptor.arenaLimit, d.arenaLimit);
		put(base + descriptor.nextTable, d.slots + firstSlots * 8);
	}
	for (const [kind, limit] of kinds.entries()) put(header.kindLimits + kind * 4, limit);
	put(header.maxLineBytes, limits.maxLineBytes);
	put(header.claimSlots, claimSlots);
	put(header.claimMask, claims - 1);
	const window = new BigInt64Array(memory.buffer, header.windowFrom, 2);
	window[0] = -(2n ** 62n);
	window[1] = 2n ** 62n;
	for (const [i, region] of regions.entries()) {
		put(region.address + regionWord.flowCache, flowCaches[i]!);
		for (const [word, value] of tables[2 * i]!.entries())
			put(region.address + regionWord.minute + word * 4, value);
		for (const [word, value] of tables[2 * i + 1]!.entries())
			put(region.address + regionWord.hour + word * 4, value);
	}
	return { memory, regions, limits: { keys: maxKeys, flows: maxFlows, kinds } };
}

/** The eight words of a cell table: hot cells, count, limit, slots, mask, cold cells, count, limit. */
function cellTable(reserve: (bytes: number) => number, hot: number, cold: number): number[] {
	const slots = powerOfTwo(hot * 4);
	const coldLimit = Math.max(cold, hot);
	return [
		reserve(hot * cellBytes),
		0,
		hot,
		reserve(slots * 4),
		slots - 1,
		reserve(coldLimit * cellBytes),
		0,
		coldLimit,
	];
}

/** Slots of the largest table that `entries` entries lead to: tables are at most three quarters full. */
function largestTable(entries: number): number {
	let slots = firstSlots;
	while (entries > Math.floor((slots - 1) / 4) * 3) slots *= 2;
	return slots;
}

function slotsUpTo(entries: number): number {
	let sum = 0;
	for (let slots = firstSlots; slots <= largestTable(entries); slots *= 2) sum += slots;
	return sum;
}

/** The smallest power of two that is at least n. */
function powerOfTwo(n: number): number {
	return 2 ** Math.ceil(Math.log2(Math.max(2, n)));
}
