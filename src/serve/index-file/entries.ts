/**
 * The parsed index as Helm would load it: entries checked, invalid ones left out, versions newest first, and what the
 * cache needs of them: file names and digests. Rules: Helm's loadIndex, Validate and SortEntries.
 */
import {
	entryFields,
	isMap,
	nameOf,
	type Shaped,
	ShapeError,
	shape,
	timeOf,
	topFields,
} from "./entry-shape.ts";
import { compareHelmVersions, compareTexts, type HelmVersion, parseHelmVersion } from "./helm-version.ts";
import type { Oddities } from "./oddities.ts";
import { quoted } from "./printable.ts";
import type { UrlVerdict } from "./urls.ts";

export interface CheckedIndex {
	/** Name → versions as ChartMuseum's API shows them, URLs rewritten. By name, as Go prints maps. */
	charts: ReadonlyMap<string, readonly Shaped[]>;
	versionCount: number;
	/** Decoded last segments of all URLs. */
	fileNames: ReadonlySet<string>;
	/** Only of files that are ours, and only where all entries of a file agree. */
	digests: ReadonlyMap<string, string>;
}

/** No Helm loads this index. `chart` and `position` (from 0) say which entry, where it is one. */
export class UnloadableError extends Error {
	readonly chart: string | undefined;
	readonly position: number | undefined;
	constructor(message: string, chart?: string, position?: number) {
		super(message);
		this.chart = chart;
		this.position = position;
	}
}

/** Throws UnloadableError. `judge` says what becomes of a URL. */
export function checkIndex(
	root: unknown,
	judge: (url: string) => UrlVerdict,
	oddities: Oddities,
): CheckedIndex {
	const entries = checkTop(root, oddities);
	const files = new Files(judge, oddities);
	const charts = new Map<string, Shaped[]>();
	let versionCount = 0;
	for (const name of Object.keys(entries).sort(compareTexts)) {
		const list = entries[name];
		// Go's nil list: the chart is not there.
		if (list === null) continue;
		if (!Array.isArray(list))
			throw new UnloadableError(`chart ${quoted(name)} is ${nameOf(list)} where a list belongs`, name);
		const versions = checkChart(name, list, files, oddities);
		charts.set(name, versions);
		versionCount += versions.length;
	}
	if (versionCount === 0) oddities.say("the index names no chart");
	return { charts, versionCount, fileNames: files.names, digests: files.agreedDigests() };
}

/** What stands beside `entries`. Returns the entries. */
function checkTop(root: unknown, oddities: Oddities): Shaped {
	if (!isMap(root))
		throw new UnloadableError(`the index is ${nameOf(root)} where a map with apiVersion belongs`);
	const { apiVersion, generated } = root;
	if (apiVersion === undefined || apiVersion === null || apiVersion === "")
		throw new UnloadableError("the index has no apiVersion");
	if (typeof apiVersion === "object")
		throw new UnloadableError(`apiVersion is ${nameOf(apiVersion)} where text belongs`);
	if (generated !== undefined && generated !== null)
		inEntry(undefined, undefined, () => timeOf(generated, "generated"));
	for (const field of Object.keys(root)) if (!topFields.has(field)) countUnknown(oddities, field);
	const entries = Object.hasOwn(root, "entries") ? root["entries"] : null;
	if (entries === null) return {};
	if (!isMap(entries)) throw new UnloadableError(`entries is ${nameOf(entries)} where a map belongs`);
	return entries;
}

function countUnknown(oddities: Oddities, field: string): void {
	oddities.count("a field that strict Helm (3.3.2 and later) refuses in YAML", field);
}

function checkChart(name: string, list: readonly unknown[], files: Files, oddities: Oddities): Shaped[] {
	const kept: { shown: Shaped; version: HelmVersion }[] = [];
	for (const [position, entry] of list.entries()) {
		if (entry === null) {
			oddities.count("an empty entry, which Helm skips", name);
			continue;
		}
		if (!isMap(entry))
			throw new UnloadableError(`an entry of ${quoted(name)} is ${nameOf(entry)}`, name, position);
		const shown = inEntry(name, position, () =>
			shape(entry, entryFields, (field) => countUnknown(oddities, field)),
		);
		files.add(shown);
		const version = parseHelmVersion(String(shown["version"] ?? ""));
		const wrong = version === undefined ? "no version that Helm can read" : whatHelmSkips(shown);
		if (version === undefined || wrong !== undefined)
			oddities.count(`an entry that Helm skips: ${wrong}`, `${name} ${shown["version"] ?? ""}`);
		else kept.push({ shown, version });
	}
	// Helm's order among equals is chance (sort.Sort is not stable); ours is the newest upload.
	kept.sort(
		(a, b) =>
			compareHelmVersions(b.version, a.version) ||
			compareTexts(String(b.shown["created"] ?? ""), String(a.shown["created"] ?? "")) ||
			compareTexts(String(b.shown["version"]), String(a.shown["version"])),
	);
	return kept.map(({ shown }) => shown);
}

function inEntry<T>(chart: string | undefined, position: number | undefined, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof ShapeError)) throw error;
		const where = chart === undefined ? "" : ` in ${quoted(chart)}`;
		throw new UnloadableError(`${error.message}${where}`, chart, position);
	}
}

/** Metadata.Validate of Helm: such an entry is left out with a log line. */
function whatHelmSkips(entry: Shaped): string | undefined {
	const name = entry["name"];
	if (typeof name !== "string") return "no name";
	if (name.includes("/") || name === "." || name === "..") return "a name that is a path";
	const type = entry["type"];
	if (type !== undefined && type !== "application" && type !== "library") return "an unknown type";
	const { maintainers, dependencies } = entry;
	if (Array.isArray(maintainers) && maintainers.includes(null)) return "an empty maintainer";
	const aliases = Array.isArray(dependencies)
		? (dependencies as (Shaped | null)[]).map((d) => d?.["alias"])
		: [];
	const wrong = aliases.some((alias) => typeof alias === "string" && !/^[a-zA-Z0-9_-]+$/.test(alias));
	return wrong ? "a dependency with an alias that is no name" : undefined;
}

/** Gathers file names and digests, and puts the rewritten URLs into the entries. */
class Files {
	readonly names = new Set<string>();
	private readonly digests = new Map<string, string>();
	private readonly disputed = new Set<string>();
	private readonly judge: (url: string) => UrlVerdict;
	private readonly oddities: Oddities;

	constructor(judge: (url: string) => UrlVerdict, oddities: Oddities) {
		this.judge = judge;
		this.oddities = oddities;
	}

	add(entry: Shaped): void {
		const urls = (entry["urls"] ?? []) as string[];
		const digest = this.digestOf(entry);
		entry["urls"] = urls.map((url) => {
			const { place, fileName, replacement, host } = this.judge(url);
			if (fileName !== "") this.names.add(fileName);
			if (place === "foreign") this.oddities.count("a URL of another host, left as it is", host || url);
			else if (fileName !== "" && digest !== undefined) this.keep(fileName, digest);
			return replacement ?? url;
		});
	}

	agreedDigests(): ReadonlyMap<string, string> {
		for (const name of this.disputed) {
			this.digests.delete(name);
			this.oddities.count("a file with different digests in the index: not checked", name);
		}
		return this.digests;
	}

	private keep(fileName: string, digest: string): void {
		const known = this.digests.get(fileName);
		if (known === undefined) this.digests.set(fileName, digest);
		else if (known !== digest) this.disputed.add(fileName);
	}

	/** Helm 4 before 4.1.2 fails on `sha256:`; tools write it all the same. */
	private digestOf(entry: Shaped): string | undefined {
		const text = entry["digest"];
		if (typeof text !== "string") return undefined;
		const digest = text
			.trim()
			.toLowerCase()
			.replace(/^sha256:/, "");
		if (/^[0-9a-f]{64}$/.test(digest)) return digest;
		this.oddities.count("a digest that is no SHA-256", text);
		return undefined;
	}
}
