/**
 * What becomes of one URL of the index: `s3://` URLs and absolute URLs of our own hosts turn into `charts/FILE`, which
 * Helm resolves against the URL of the repository, wherever that is mounted. Relative URLs work as they are.
 */
import type { PrepareOptions } from "./prepared.ts";

export interface UrlVerdict {
	/** `ours` is served from the bucket; `foreign` is somebody else's. */
	place: "ours" | "foreign";
	/** Decoded last segment of the path, empty where it is none that an object could have. */
	fileName: string;
	/** What to write instead; `undefined`: the URL stays as it is. Letters, digits and `-._~%/` only. */
	replacement: string | undefined;
	/** Host of a foreign URL, for the note. */
	host: string;
}

type UrlOptions = Pick<PrepareOptions, "ownHosts" | "rewriteAll">;

/** Scheme (may be missing: `//host/path`), authority, path. Query and fragment do not name the file. */
const absolute = /^(?:([a-z][a-z0-9+.-]*):)?\/\/([^/?#]*)([^?#]*)/i;

export function judgeUrl(url: string, options: UrlOptions): UrlVerdict {
	const match = absolute.exec(url);
	if (match === null) {
		const other = /^[a-z][a-z0-9+.-]*:/i.test(url);
		const fileName = fileNameOf(/^[^?#]*/.exec(url)?.[0] ?? "");
		return { place: other ? "foreign" : "ours", fileName, replacement: undefined, host: "" };
	}
	const [, scheme = "", authority = "", path = ""] = match;
	const host = authority.slice(authority.lastIndexOf("@") + 1).toLowerCase();
	const fileName = fileNameOf(path);
	const ours = fileName !== "" && isOurs(scheme.toLowerCase(), host, fileName, options);
	return ours
		? { place: "ours", fileName, replacement: `charts/${escapeFileName(fileName)}`, host }
		: { place: "foreign", fileName, replacement: undefined, host };
}

function isOurs(scheme: string, host: string, fileName: string, options: UrlOptions): boolean {
	// helm-s3 writes s3://BUCKET/PREFIX/FILE; which bucket does not matter, as no client can read such a URL from us.
	if (scheme === "s3") return true;
	if (scheme !== "" && scheme !== "http" && scheme !== "https") return false;
	if (options.rewriteAll && fileName.endsWith(".tgz")) return true;
	const plain = host.replace(scheme === "http" ? /:80$/ : /:443$/, "");
	return options.ownHosts.includes(host) || options.ownHosts.includes(plain);
}

/** Decoded once, as S3 keys are; a name that could not be one object below the prefix is none. */
function fileNameOf(path: string): string {
	const last = path.slice(path.lastIndexOf("/") + 1);
	const name = last.includes("%") ? decodeOnce(last) : last;
	return name === "." || name === ".." || /[/\\\u0000-\u001f\u007f]/.test(name) ? "" : name;
}

function decodeOnce(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		// helm-s3 before 0.14 wrote names as they were: a lone percent sign is one.
		return text;
	}
}

/** `+` too: S3 reads a raw one as a space (chart versions with build metadata). */
function escapeFileName(name: string): string {
	// By way of UTF-8: encodeURIComponent throws on half a surrogate pair.
	return encodeURIComponent(Buffer.from(name).toString()).replace(
		/[!'()*]/g,
		(sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}
