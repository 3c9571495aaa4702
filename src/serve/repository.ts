/**
 * One repository at work: its settings, its bucket, its index, and how its objects are asked for.
 * In: a RepositoryConfig and what all repositories share. Out: Asks for the cache, made once per object and kept.
 */
import type { Ask } from "./cache/found.ts";
import type { IndexLookup, Lookup } from "./cache/lookup.ts";
import { idText, type ObjectHead } from "./cache/object-head.ts";
import type { RepositoryConfig, Rule } from "./config/config.ts";
import { IndexHolder, type IndexPreparer } from "./index-file/holder.ts";
import type { PreparedIndex } from "./index-file/prepared.ts";
import type { Origin } from "./origin/origin.ts";

export interface RepositoryOptions {
	config: RepositoryConfig;
	origin: Origin;
	cache: Lookup;
	preparer: IndexPreparer;
	/** Of config/rules.ts: first match wins. */
	ruleOf(file: string): Rule;
	maxMemoryObjectBytes: number;
	indexBytes: number;
	/** A new version of the index is here: what was missing may be there now. */
	onNewIndex(repository: Repository, index: PreparedIndex): void;
	onRefusedIndex(repository: Repository, message: string): void;
	/** In a worker process: the owner's index, in place of one of its own. */
	ownerIndex?:
		| ((rule: Rule, onNew: (index: PreparedIndex, head: ObjectHead) => void) => IndexLookup)
		| undefined;
}

const indexFile = "index.yaml";

/** Bytes of an object that a client wants; `last` is inclusive, `undefined`: to the end. */
export interface Span {
	first: number;
	last: number | undefined;
}

export class Repository {
	readonly config: RepositoryConfig;
	readonly origin: Origin;
	readonly indexRule: Rule;
	readonly indexAsk: Ask;
	readonly #options: RepositoryOptions;
	readonly #holder: IndexLookup;
	#listedSinceMs = 0;

	constructor(options: RepositoryOptions) {
		this.#options = options;
		this.config = options.config;
		this.origin = options.origin;
		this.indexRule = options.ruleOf(indexFile);
		this.indexAsk = this.#newIndexAsk();
		const { ownHosts, rewriteAllUrls } = options.config;
		const onNew = (index: PreparedIndex, head: ObjectHead) => this.#listed(index, head);
		if (options.ownerIndex !== undefined) {
			this.#holder = options.ownerIndex(this.indexRule, onNew);
			return;
		}
		this.#holder = new IndexHolder({
			cache: options.cache,
			preparer: options.preparer,
			prepareOptions: { ownHosts, rewriteAll: rewriteAllUrls, maxBytes: options.indexBytes },
			ask: this.indexAsk,
			onNew,
			onRefused: (message) => options.onRefusedIndex(this, message),
		});
	}

	get index(): IndexLookup {
		return this.#holder;
	}

	/** Where the ids of this repository's objects begin. */
	get idPrefix(): string {
		return idText({ bucketId: this.origin.bucketId, key: this.config.prefix });
	}

	/** Settings were read again: the index at hand stays, if it would be made the same way. */
	takeOver(before: Repository): void {
		if (before.#indexText !== this.#indexText) return;
		this.#listedSinceMs = before.#listedSinceMs;
		this.#holder.takeOver(before.#holder);
	}

	/** Where the index is, and what is made of it. */
	get #indexText(): string {
		const { ownHosts, rewriteAllUrls } = this.config;
		return JSON.stringify([this.idPrefix, ownHosts, rewriteAllUrls, this.#options.indexBytes]);
	}

	ruleOf(file: string): Rule {
		return this.#options.ruleOf(file);
	}

	/** A package or provenance file. */
	ask(file: string, method: "GET" | "HEAD", span: Span, revalidate: boolean): Ask {
		const { ruleOf, maxMemoryObjectBytes } = this.#options;
		const index = this.#holder.current?.index;
		const id = { bucketId: this.origin.bucketId, key: this.config.prefix + file };
		return {
			id,
			repository: this.config,
			idText: idText(id),
			method,
			origin: this.origin,
			rule: ruleOf(file),
			revalidate,
			firstByte: span.first,
			lastByte: span.last,
			listed: index?.fileNames.has(file.endsWith(".prov") ? file.slice(0, -".prov".length) : file) ?? false,
			expectedSha256: index?.digests.get(file),
			expectedSinceMs: this.#listedSinceMs,
			maxMemoryBytes: maxMemoryObjectBytes,
			forbiddenIsMissing: this.config.forbiddenAs === 404,
		};
	}

	/** How S3 is asked for the index; whoever holds it keeps it apart from the tiers. */
	#newIndexAsk(): Ask {
		const id = { bucketId: this.origin.bucketId, key: this.config.prefix + indexFile };
		return {
			id,
			repository: this.config,
			idText: idText(id),
			method: "GET",
			origin: this.origin,
			rule: this.indexRule,
			revalidate: false,
			firstByte: 0,
			lastByte: undefined,
			listed: true,
			expectedSha256: undefined,
			expectedSinceMs: 0,
			maxMemoryBytes: this.#options.indexBytes,
			forbiddenIsMissing: false,
		};
	}

	#listed(index: PreparedIndex, head: ObjectHead): void {
		this.#listedSinceMs = head.storedAtMs;
		this.#options.onNewIndex(this, index);
	}
}
