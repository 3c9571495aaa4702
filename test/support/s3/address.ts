/**
 * Which bucket and key a raw request means, read as S3 reads it: percent-decoding once, `+` is a space, no
 * normalising of dots and slashes. In: Host and raw path. Out: bucket (path or virtual-host style) and key.
 */
import { S3Error } from "./reply.ts";

export interface S3Address {
	/** `undefined`: the request names none (ListBuckets). */
	bucket: string | undefined;
	/** Empty: the bucket itself. */
	key: string;
	/** The path that must have been signed: decoded as above, each byte encoded once again. */
	canonicalPath: string;
}

const virtualHost = /^(.+)\.(?:s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?|s3\.localhost|localhost)$/i;

/** `buckets`: a Host that begins with one of them and a dot is virtual-host style on any domain. */
export function addressOf(host: string, rawPath: string, buckets: Iterable<string>): S3Address {
	if (!rawPath.startsWith("/")) throw invalidUri();
	const path = decode(rawPath);
	const canonicalPath = encodePath(path);
	const name = host.replace(/:\d+$/, "");
	const known = [...buckets]
		.filter((bucket) => name.startsWith(`${bucket}.`))
		.sort((a, b) => b.length - a.length)[0];
	const bucket = known ?? virtualHost.exec(name)?.[1];
	if (bucket !== undefined) return checked({ bucket, key: path.slice(1), canonicalPath });
	const slash = path.indexOf("/", 1);
	return checked({
		bucket: (slash < 0 ? path.slice(1) : path.slice(1, slash)) || undefined,
		key: slash < 0 ? "" : path.slice(slash + 1),
		canonicalPath,
	});
}

function checked(address: S3Address): S3Address {
	const lengthBytes = Buffer.byteLength(address.key);
	if (lengthBytes > 1024)
		throw new S3Error(400, "KeyTooLongError", "Your key is too long", {
			Size: String(lengthBytes),
			MaxSizeAllowed: "1024",
		});
	return address;
}

const invalidUri = () => new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");

function decode(raw: string): string {
	if (/%(?![0-9A-Fa-f]{2})/.test(raw)) throw invalidUri();
	const bytes = Buffer.from(
		raw
			.replaceAll("+", " ")
			.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
		"latin1",
	);
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw invalidUri();
	}
}

/** Every byte but letters, digits, `-_.~` and the slash as %XX in upper case. */
export function encodePath(path: string): string {
	return [...Buffer.from(path)]
		.map((byte) => {
			const char = String.fromCharCode(byte);
			return /[A-Za-z0-9\-_.~/]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
		})
		.join("");
}

/** Query parameters in order, decoded; a name without `=` has an empty value. */
export function queryOf(rawQuery: string): [name: string, value: string][] {
	if (rawQuery === "") return [];
	return rawQuery.split("&").map((pair) => {
		const equals = pair.indexOf("=");
		const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
		return [decode(name), decode(value)];
	});
}
