/**
 * A stored index.yaml to what `serve` gives away: decode, parse as Helm does, check, rewrite URLs, know file names and
 * digests. Throws IndexError for an index that must not replace a good one. What that is, and why:
 * - Refused: what no Helm loads (nothing, no YAML, no apiVersion, wrong types, a `created` that is no RFC 3339 time),
 *   and duplicate keys in YAML: always an accident, and no Helm since 3.3.2 (2020) loads them. JSON may have them.
 * - Noted and served: unknown fields. Strict Helms refuse those too, but a newer Helm may know the field by then, and
 *   this proxy would hold everybody on an old index. Also what Helm skips: invalid entries, nulls.
 */
import { createHash } from "node:crypto";
import { decodeIndex } from "./decode.ts";
import { type CheckedIndex, checkIndex, UnloadableError } from "./entries.ts";
import { entriesJson, noEntries } from "./entries-json.ts";
import { isMap } from "./entry-shape.ts";
import { parseJson } from "./json-text.ts";
import { Oddities } from "./oddities.ts";
import { IndexError, type PreparedIndex, type PrepareOptions } from "./prepared.ts";
import { printable } from "./printable.ts";
import { boundAliases, onlyUrlsChanged, type Rewritten, rewriteJson, rewriteYaml } from "./rewrite.ts";
import { judgeUrl, type UrlVerdict } from "./urls.ts";
import { lineOfYaml, parseYaml, type YamlDocument } from "./yaml-text.ts";

/** Synchronous, 50 ms per MB of YAML; without the compressed forms, which compress.ts makes. Throws IndexError only. */
export function prepareIndex(stored: Buffer, options: PrepareOptions): PreparedIndex {
	const sourceSha256 = sha256(stored);
	if (stored.length > options.maxBytes) return passOn(stored, sourceSha256, options.maxBytes);
	const { bytes, text, wasGzip } = decodeIndex(stored, options.maxBytes);
	const oddities = new Oddities();
	if (wasGzip) oddities.say("the index is stored as gzip and was unpacked");
	const judge = (url: string) => judgeUrl(url, options);
	try {
		const { checked, rewritten } = readAndRewrite(text, judge, oddities);
		const body = rewritten.changed === 0 ? bytes : Buffer.from(rewritten.text, "utf8");
		return {
			body,
			etag: etagOf(body),
			gzip: undefined,
			zstd: undefined,
			compressed: Promise.resolve(),
			passedOn: false,
			sourceSha256,
			digests: checked.digests,
			fileNames: checked.fileNames,
			chartCount: checked.charts.size,
			versionCount: checked.versionCount,
			entriesJson: options.entries === false ? noEntries() : entriesJson(checked.charts),
			notes: oddities.notes(),
		};
	} catch (error) {
		if (error instanceof IndexError) throw error;
		// Nesting that overflows the stack, or a defect here: either way the last good index stays.
		throw new IndexError(`the index cannot be read: ${printable(String(error))}`);
	}
}

interface ReadIndex {
	checked: CheckedIndex;
	rewritten: Rewritten;
}

function readAndRewrite(text: string, judge: (url: string) => UrlVerdict, oddities: Oddities): ReadIndex {
	const json = parseJson(text);
	if (json !== undefined) {
		const checked = loadable(() => checkIndex(json.root, judge, oddities));
		return { checked, rewritten: rewriteJson(text, judge) };
	}
	const changes = (item: unknown) => typeof item === "string" && judge(item).replacement !== undefined;
	const document = parseYaml(text, (list) => list.some(changes));
	if (document.furtherDocuments > 0)
		oddities.say("further YAML documents in the index are ignored, as Helm does");
	if (document.hasAliases) boundAliases(document.root, text.length);
	const checked = loadable(() => checkIndex(document.root, judge, oddities), text);
	return { checked, rewritten: rewriteSafely(text, document, judge, oddities) };
}

function rewriteSafely(
	text: string,
	document: YamlDocument,
	judge: (url: string) => UrlVerdict,
	oddities: Oddities,
): Rewritten {
	const rewritten = rewriteYaml(text, document, judge);
	if (rewritten.left > 0)
		oddities.say(`${rewritten.left} URLs could not be rewritten for certain and stay as they are`);
	// An alias may carry a URL to where it is none; without aliases each edit is proven by itself.
	if (
		document.hasAliases &&
		rewritten.changed > 0 &&
		!onlyUrlsChanged(document.root, rewritten.text, judge)
	) {
		oddities.say("aliases tie URLs to other values: nothing was rewritten");
		return { text, changed: 0, left: rewritten.changed };
	}
	return rewritten;
}

/** Turns what no Helm loads into an IndexError with the line, if there is YAML to count lines in. */
function loadable<T>(check: () => T, yaml?: string): T {
	try {
		return check();
	} catch (error) {
		if (!(error instanceof UnloadableError)) throw error;
		const line = yaml === undefined ? undefined : lineOf(yaml, error);
		throw new IndexError(line === undefined ? error.message : `line ${line}: ${error.message}`);
	}
}

function lineOf(yaml: string, { chart, position }: UnloadableError): number | undefined {
	return lineOfYaml(yaml, (root) => {
		const entries = isMap(root) ? root["entries"] : undefined;
		if (chart === undefined || !isMap(entries)) return root;
		const list = entries[chart];
		return Array.isArray(list) && position !== undefined ? (list[position] ?? list) : list;
	});
}

/** An index without bound would cost memory and seconds at each change (S-45). */
function passOn(stored: Buffer, sourceSha256: string, maxBytes: number): PreparedIndex {
	return {
		body: stored,
		etag: etagOf(stored),
		gzip: undefined,
		zstd: undefined,
		compressed: Promise.resolve(),
		passedOn: true,
		sourceSha256,
		digests: new Map(),
		fileNames: new Set(),
		chartCount: 0,
		versionCount: 0,
		entriesJson: noEntries(),
		notes: [`the index has ${stored.length} bytes, more than ${maxBytes}: passed on unread, URLs as stored`],
	};
}

/** Of what is sent, so that a change of settings changes it too. 128 bits are plenty against chance. */
function etagOf(body: Buffer): string {
	return `"${sha256(body).slice(0, 32)}"`;
}

function sha256(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}
