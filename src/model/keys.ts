/**
 * Object keys: from the form the log writes to the key itself, and the names that people group by.
 *
 * Log keys are URL-encoded once or twice, depending on the operation. Source: S3 server access logs at
 * scale, engineeringblog.yelp.com, 2025-09, "Idiosyncrasy in key encoding"; AWS does not document it.
 */

/** What `chartOf` says about a key that is no chart archive, and `prefixOf` about one in no folder. */
export const KeyGroup = {
	/** The request had no key, or the key is a single dash: the log writes both alike. */
	none: "-",
	/** A repository's index: `index.yaml`, ChartMuseum's `index-cache.yaml`. */
	index: "(index)",
	notAChart: "(not a chart)",
	root: "(root)",
} as const;

/**
 * How often the key of a record is URL-encoded.
 * Batch deletes and S3's own operations once (the rule for all of `S3.*` is inferred from S3.EXPIRE.OBJECT).
 * Not established for REST.COPY.*, which are read like the rest.
 */
export function decodeTimes(operation: string): 1 | 2 {
	return operation === "BATCH.DELETE.OBJECT" || operation.startsWith("S3.") ? 1 : 2;
}

/**
 * The key a record is about, as Unicode text; bytes that are no UTF-8 become U+FFFD.
 * `rawKey` is the field as logged, one character per byte. A round of decoding that meets a malformed
 * escape is not applied, so a key that was never encoded stays as it is.
 */
export function decodeKey(rawKey: string, operation: string): string {
	if (/^[\x21-\x24\x26-\x2a\x2c-\x7e]*$/.test(rawKey)) return rawKey;
	let bytes: Uint8Array = Buffer.from(rawKey, "latin1");
	for (let round = decodeTimes(operation); round > 0; round--) {
		const decoded = decodeOnce(bytes);
		if (decoded === undefined) break;
		bytes = decoded;
	}
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

/** Form decoding of bytes; `undefined` when a `%` is not followed by two hex digits. */
function decodeOnce(bytes: Uint8Array): Uint8Array | undefined {
	const decoded = new Uint8Array(bytes.length);
	let size = 0;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at]!;
		if (byte === percent) {
			const high = hexDigit(bytes[at + 1]);
			const low = hexDigit(bytes[at + 2]);
			if (high === -1 || low === -1) return undefined;
			decoded[size++] = high * 16 + low;
			at += 2;
		} else {
			decoded[size++] = byte === plus ? space : byte;
		}
	}
	return decoded.subarray(0, size);
}

function hexDigit(byte: number | undefined): number {
	if (byte === undefined) return -1;
	if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
	const letter = byte | 0x20;
	return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** S3 refuses longer keys, but logs that somebody tried; the search below is quadratic in their dashes. */
const maxKeyLength = 1024;

/** A version up to the end of the name. A `+` that was decoded once too often is a space. */
const fullVersion = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:[+ ][0-9A-Za-z.-]+)?$/;
const shortVersion = /^v?\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:[+ ][0-9A-Za-z.-]+)?$/;

/**
 * The chart that a decoded key belongs to: `redis` for `stable/redis-17.0.1.tgz` and its `.prov`.
 * `KeyGroup.index` for index files, `KeyGroup.notAChart` for everything else, `KeyGroup.none` without a key.
 * Chart names may contain dashes, dots and digits: the version begins at the first dash that is followed
 * by three numbers and, only if there is none, by two.
 */
export function chartOf(key: string): string {
	if (key === "-" || key === "") return KeyGroup.none;
	const file = key.slice(key.lastIndexOf("/") + 1);
	if (file === "index.yaml" || file === "index-cache.yaml") return KeyGroup.index;
	if (file.length > maxKeyLength) return KeyGroup.notAChart;
	const stem = /^(.+)\.tgz(?:\.prov)?$/s.exec(file)?.[1];
	if (stem === undefined) return KeyGroup.notAChart;
	return nameBefore(stem, fullVersion) ?? nameBefore(stem, shortVersion) ?? KeyGroup.notAChart;
}

function nameBefore(stem: string, version: RegExp): string | undefined {
	for (let dash = stem.indexOf("-", 1); dash !== -1; dash = stem.indexOf("-", dash + 1)) {
		if (version.test(stem.slice(dash + 1))) return stem.slice(0, dash);
	}
	return undefined;
}

/** The first path segment of a decoded key with its slash, `KeyGroup.root` for a key in no folder. */
export function prefixOf(key: string): string {
	if (key === "-" || key === "") return KeyGroup.none;
	const slash = key.indexOf("/");
	return slash === -1 ? KeyGroup.root : key.slice(0, slash + 1);
}
