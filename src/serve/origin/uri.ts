/**
 * The one way from a key to the path on the wire: what comes out is what is signed and what is sent, byte for byte.
 * S3's rule (SigV4 for S3): each byte of the key is encoded once; unreserved characters and slashes stay; nothing is
 * normalised, because `a//b` and `a/../b` are keys of their own. `+` becomes %2B: S3 reads a bare one as a space.
 */

const plain = /^[A-Za-z0-9\-_.~/]*$/;

const encodedBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
	const character = String.fromCharCode(byte);
	return plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** `text` as UTF-8, percent-encoded for a path of S3; slashes stay. */
export function encodePath(text: string): string {
	if (plain.test(text)) return text;
	let encoded = "";
	for (const byte of Buffer.from(text, "utf8")) encoded += encodedBytes[byte];
	return encoded;
}
