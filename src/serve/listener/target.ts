/**
 * From the request target as received to the one decoded path that rules, cache, log and signature all use.
 * In: raw text of the request line (Node passes it on untouched). Out: the path, or why it is refused.
 * Refuses what proxies have been fooled with: other forms than origin-form, encoded slashes, dot segments, control
 * characters, broken escapes. Source: RFC 9112 §3.2, RFC 3986 §2.1; decoded exactly once, never normalised.
 */

export type Target =
	| {
			path: string /** As received, without `?`; never part of a key. */;
			query: string;
			queryDropped: boolean;
	  }
	| { refused: TargetRefusal };

export type TargetRefusal = "form" | "escape" | "character" | "segment" | "length";

/** S3 keys have at most 1,024 bytes; the path of a repository comes on top of that. */
const maxPathBytes = 2048;
/** Only ChartMuseum's API has one of use: `offset` and `limit`. */
const maxQueryLength = 256;

/** Nothing to decode and nothing to refuse: letters, digits and marks that mean themselves, single slashes, no dot segment. */
const plain = /^(?:\/(?!\.{1,2}(?:\/|$))[\w\-.~+!$&'()*,;=:@]+)+$/;

export function decodeTarget(raw: string): Target {
	if (raw.length < maxPathBytes && plain.test(raw)) return { path: raw, query: "", queryDropped: false };
	if (raw[0] !== "/" || raw[1] === "/") return { refused: "form" };
	const query = raw.indexOf("?");
	const encoded = query === -1 ? raw : raw.slice(0, query);
	// The raw length bounds all work below; three characters at most make one byte.
	if (encoded.length > maxPathBytes * 3) return { refused: "length" };
	if (/[#\\]|[^\x21-\x7e]/.test(encoded)) return { refused: "character" };
	if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return { refused: "escape" };
	// An encoded slash is no separator for us and one for others.
	if (/%(?:2f|5c|0|1|7f)/i.test(encoded)) return { refused: "character" };
	const path = decodedOnce(encoded);
	if (path === undefined) return { refused: "escape" };
	if (Buffer.byteLength(path) > maxPathBytes) return { refused: "length" };
	if (!goodSegments(path)) return { refused: "segment" };
	return {
		path,
		query: query === -1 ? "" : raw.slice(query + 1, query + 1 + maxQueryLength),
		queryDropped: query !== -1,
	};
}

/** `undefined` for bytes that are not UTF-8, overlong forms and surrogates included. */
function decodedOnce(encoded: string): string | undefined {
	try {
		return decodeURIComponent(encoded);
	} catch {
		return undefined;
	}
}

/** `/` alone is good; an empty segment elsewhere is not. C1 controls and line separators are no part of a key. */
function goodSegments(path: string): boolean {
	if (path === "/") return true;
	if (/[\x80-\x9f\u2028\u2029]/.test(path)) return false;
	return path
		.slice(1)
		.split("/")
		.every((segment) => segment !== "" && segment !== "." && segment !== "..");
}
