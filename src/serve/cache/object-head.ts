/**
 * What is known of one stored object of S3: the noun that travels between origin, cache and answers.
 * The body is kept beside it, in memory or on disk.
 */

/** Which object: the bucket (not the repository: two repositories of one bucket share objects) and the whole key. */
export interface ObjectId {
	/** `HOST/BUCKET`; see origin/endpoint.ts. */
	bucketId: string;
	/** Decoded, with the repository's prefix: what S3 calls the key. */
	key: string;
}

/** Header fields are as S3 sent them; an empty text means that S3 sent none. */
export interface ObjectHead extends ObjectId {
	sizeBytes: number;
	/** With its quotes. */
	etag: string;
	lastModified: string;
	contentType: string;
	contentEncoding: string;
	contentDisposition: string;
	contentLanguage: string;
	/** Only for rules that respect the origin's. */
	cacheControl: string;
	/** Lower-case hex of the body. */
	sha256: string;
	/** Wall clock when the body came from S3, and when S3 last said that it is still the same. */
	storedAtMs: number;
	validatedAtMs: number;
}

/** One text per object, for maps. Keys never contain NUL (path.ts refuses it). */
export function idText({ bucketId, key }: ObjectId): string {
	return `${bucketId}\0${key}`;
}
