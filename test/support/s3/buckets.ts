/**
 * Buckets and objects of the fake S3, in memory. In: bytes and what a test wants to be special about them.
 * Out: objects with what S3 would tell of them. A test may change an object's members at any time.
 */
import { createHash } from "node:crypto";
import { type Body, memoryBody, readAll } from "./body.ts";
import { type ChecksumAlgorithm, checksumOf } from "./checksums.ts";

export interface StoredObject {
	body: Body;
	/** With its quotes: MD5, or `"…-N"` for composite and synthetic bodies. */
	etag: string;
	lastModifiedMs: number;
	/** Further header fields, names in lower case: `content-type`, `content-encoding`, `x-amz-meta-…`, … */
	headers: Record<string, string>;
	/** `x-amz-checksum-*` values; `-N` for composite ones. */
	checksums: Partial<Record<ChecksumAlgorithm, string>>;
	/** In Glacier: GET answers InvalidObjectState. */
	archived: boolean;
}

export interface PutOptions {
	headers?: Record<string, string>;
	etag?: string;
	lastModifiedMs?: number;
	/** Default: crc64nvme, as S3 does by itself since 2024. Large synthetic bodies get none. */
	checksum?: ChecksumAlgorithm | "none";
	/** So many parts: ETag and checksum are composite, `…-N`, and cannot be compared with the body. */
	parts?: number;
	archived?: boolean;
}

export interface Bucket {
	readonly name: string;
	region: string;
	readonly objects: Map<string, StoredObject>;
	/** `false`: without s3:ListBucket, a missing key is 403 AccessDenied. */
	mayList: boolean;
	/** `true`: every request is AccessDenied. */
	denied: boolean;
	/** What a request signed for another Region gets: 400 with `<Region>`, or 301 with x-amz-bucket-region. */
	otherRegionStatus: 301 | 400;
}

export function newBucket(name: string, region: string): Bucket {
	return { name, region, objects: new Map(), mayList: true, denied: false, otherRegionStatus: 400 };
}

const hashableBytes = 64 * 1024 * 1024;

export function newObject(content: Buffer | string | Body, options: PutOptions, nowMs: number): StoredObject {
	const body =
		typeof content === "string" || Buffer.isBuffer(content) ? memoryBody(Buffer.from(content)) : content;
	const bytes = body.sizeBytes <= hashableBytes ? readAll(body) : undefined;
	const suffix = options.parts === undefined ? "" : `-${options.parts}`;
	const object: StoredObject = {
		body,
		etag: options.etag ?? etagOf(bytes, body.sizeBytes, suffix),
		lastModifiedMs: options.lastModifiedMs ?? nowMs,
		headers: { "content-type": "binary/octet-stream", ...options.headers },
		checksums: {},
		archived: options.archived ?? false,
	};
	const algorithm = options.checksum ?? "crc64nvme";
	if (algorithm !== "none" && bytes !== undefined) {
		// A composite checksum is one over the parts' checksums: any value that is not the body's will do.
		const checked = suffix === "" ? bytes : Buffer.from(`parts of ${bytes.length}`);
		object.checksums[algorithm] = checksumOf(algorithm, checked) + suffix;
	}
	return object;
}

function etagOf(bytes: Buffer | undefined, sizeBytes: number, suffix: string): string {
	const md5 = createHash("md5").update(bytes ?? `synthetic ${sizeBytes}`);
	if (suffix !== "") md5.update("parts");
	const end = bytes === undefined && suffix === "" ? "-2" : suffix;
	return `"${md5.digest("hex")}${end}"`;
}
