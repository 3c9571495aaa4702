/**
 * What is stored, as a page of /cache: JSON, most recently used first, narrowed by repository and prefix.
 * In: the query and the entries. Out: a value for JSON, or what is wrong with the query.
 */
import type { CacheEntryView, Operated } from "./operated.ts";
import { decodedName, decodedPath, type Read, readCount, readQuery } from "./query.ts";

const defaultLimit = 100;
const maxLimit = 1000;
/** Entries that one request may look at: the list is walked from its beginning each time. */
const maxLookedAt = 100_000;

export interface CachePage {
	schema: "chartcost/serve-cache@1";
	entries: {
		repository: string;
		key: string;
		sizeBytes: number;
		tiers: readonly string[];
		etag: string;
		storedAt: string;
		validatedAt: string;
	}[];
	/** For `offset` of the next page; `null`: this is the last one. */
	next: number | null;
}

export function cachePage(query: string, operated: Operated): Read<CachePage> {
	const read = readQuery(query, ["limit", "offset", "repository", "prefix"]);
	if ("wrong" in read) return read;
	const limit = readCount(read.value.get("limit"), defaultLimit, maxLimit);
	const offset = readCount(read.value.get("offset"), 0, maxLookedAt);
	if (limit === undefined || limit === 0) return { wrong: `limit must be 1 to ${maxLimit}.` };
	if (offset === undefined) return { wrong: `offset must be 0 to ${maxLookedAt}.` };
	const repository = decodedName(read.value.get("repository"));
	if (repository === null) return { wrong: "repository is not well encoded." };
	const prefixText = read.value.get("prefix");
	const prefix = prefixText === undefined ? "" : decodedPath(prefixText);
	if (prefix === undefined) return { wrong: "prefix is no path that is served." };
	const isWanted = (entry: CacheEntryView) =>
		(repository === undefined || entry.repository === repository) && entry.key.startsWith(prefix);
	return { value: pageOf(operated.entries(maxLookedAt), isWanted, offset, limit) };
}

function pageOf(
	all: Iterable<CacheEntryView>,
	isWanted: (entry: CacheEntryView) => boolean,
	offset: number,
	limit: number,
): CachePage {
	const entries: CachePage["entries"] = [];
	let seen = 0;
	for (const entry of all) {
		if (!isWanted(entry)) continue;
		if (entries.length === limit) return { schema: "chartcost/serve-cache@1", entries, next: offset + limit };
		if (seen++ < offset) continue;
		const { repository, key, sizeBytes, tiers, etag } = entry;
		const [storedAt, validatedAt] = [entry.storedAtMs, entry.validatedAtMs].map((at) =>
			new Date(at).toISOString(),
		);
		entries.push({ repository, key, sizeBytes, tiers, etag, storedAt: storedAt!, validatedAt: validatedAt! });
	}
	return { schema: "chartcost/serve-cache@1", entries, next: null };
}
