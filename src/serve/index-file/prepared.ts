/**
 * The chart index as `serve` gives it away: made once per version of the stored index.yaml, then only sent.
 * prepare.ts makes it (prepare-in-worker.ts in a thread); a stored index that Helm could not read never becomes one.
 */

export interface PreparedIndex {
	/** URLs point to us (relative `charts/FILE`), everything else is byte for byte as stored. */
	body: Buffer;
	/** Strong, of `body`, with quotes. The compressed forms have their own: `"…-gzip"`, `"…-zstd"`. */
	etag: string;
	/** `undefined`: not made yet, or never (passed on, no smaller, or this Node cannot). Set when `compressed` resolves. */
	gzip: Buffer | undefined;
	zstd: Buffer | undefined;
	/** Resolves when `gzip` and `zstd` are what they will be; never rejects. The identity form is there before. */
	compressed: Promise<void>;
	/** Larger than `maxBytes`: sent as stored, nothing is known of its content (no names, no digests, no entries). */
	passedOn: boolean;
	/** sha256 hex of the stored bytes: the same stored index makes the same prepared one. */
	sourceSha256: string;
	/** Object file name (decoded basename, `app-1.2.3.tgz`) → sha256 hex of the package, where the index says just one. */
	digests: ReadonlyMap<string, string>;
	/** All object file names that the index names, also those whose URLs lie elsewhere. */
	fileNames: ReadonlySet<string>;
	chartCount: number;
	versionCount: number;
	/** Answers ChartMuseum's API from the entries; see api.ts. */
	entriesJson: EntriesJson;
	/** What is odd but not fatal, for the log: at most a few sentences. */
	notes: readonly string[];
}

/** All entries as JSON, as ChartMuseum's `/api/charts` shows them, sliced by chart so that one is found without parsing all. */
export interface EntriesJson {
	/** `{"app":[…],"db":[…]}` */
	json: Buffer;
	/** Chart name → where its array lies in `json`. By name: the order of Go's maps. */
	slices: ReadonlyMap<string, { start: number; end: number }>;
}

export interface PrepareOptions {
	/** Absolute URLs of these hosts (lower case, with port if any) are ours or the old ChartMuseum's and are rewritten. */
	ownHosts: readonly string[];
	/** Rewrite absolute http(s) URLs of all hosts whose path ends in a file name the bucket could have. */
	rewriteAll: boolean;
	/** A larger index is passed on as it is: not parsed, rewritten or compressed (`notes` says so). */
	maxBytes: number;
	/** `false`: `entriesJson` stays empty, which saves about four fifths of the index in memory. For serving without the API. */
	entries?: boolean;
}

/** The stored index.yaml is not one that Helm can read. `message` says where (line) and why. */
export class IndexError extends Error {
	override name = "IndexError";
}
