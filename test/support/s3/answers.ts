/**
 * What S3 answers to an authentic request. In: the request, the bucket and the key. Out: a reply, or an S3Error thrown.
 * Conditions and ranges by RFC 9110 §13.2.2 and §14, as S3 does: GET and HEAD of objects, PUT, DELETE, HEAD of buckets,
 * listings.
 */
import type { Body } from "./body.ts";
import { memoryBody, partOf } from "./body.ts";
import { type Bucket, newObject, type StoredObject } from "./buckets.ts";
import { listObjects } from "./list-objects.ts";
import { emptyBody, type Reply, S3Error } from "./reply.ts";
import type { WireRequest } from "./wire-request.ts";

export function answerFor(request: WireRequest, bucket: Bucket, key: string, nowMs: number): Reply {
	if (bucket.denied) throw denied();
	if (key === "") return answerForBucket(request, bucket);
	if (request.method === "GET" || request.method === "HEAD") return answerForObject(request, bucket, key);
	if (request.method === "PUT") return putObject(request, bucket, key, nowMs);
	if (request.method === "DELETE") {
		bucket.objects.delete(key);
		return { status: 204, headers: [], body: emptyBody };
	}
	throw new S3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", {
		Method: request.method,
	});
}

const denied = () => new S3Error(403, "AccessDenied", "Access Denied");

function answerForBucket(request: WireRequest, bucket: Bucket): Reply {
	if (request.method === "HEAD")
		return { status: 200, headers: [["x-amz-bucket-region", bucket.region]], body: emptyBody };
	if (request.method !== "GET" && request.method !== "PUT") throw denied();
	if (request.method === "PUT") return { status: 200, headers: [], body: emptyBody };
	if (!bucket.mayList) throw denied();
	const xml = listObjects(bucket, request.rawQuery);
	return { status: 200, headers: [["Content-Type", "application/xml"]], body: memoryBody(Buffer.from(xml)) };
}

function putObject(request: WireRequest, bucket: Bucket, key: string, nowMs: number): Reply {
	const kept = request.headers
		.map(([name, value]): [string, string] => [name.toLowerCase(), value])
		.filter(([name]) =>
			/^(content-(type|encoding|disposition|language)|cache-control|x-amz-meta-.*)$/.test(name),
		);
	const object = newObject(request.body, { headers: Object.fromEntries(kept) }, nowMs);
	bucket.objects.set(key, object);
	return { status: 200, headers: [["ETag", object.etag]], body: emptyBody };
}

function answerForObject(request: WireRequest, bucket: Bucket, key: string): Reply {
	const object = bucket.objects.get(key);
	if (object === undefined) {
		if (!bucket.mayList) throw denied();
		throw new S3Error(404, "NoSuchKey", "The specified key does not exist.", { Key: key });
	}
	if (object.archived && request.method === "GET") {
		throw new S3Error(
			403,
			"InvalidObjectState",
			"The operation is not valid for the object's storage class",
			{
				StorageClass: "GLACIER",
			},
		);
	}
	const condition = failedCondition(request, object);
	if (condition === 412) {
		throw new S3Error(
			412,
			"PreconditionFailed",
			"At least one of the pre-conditions you specified did not hold",
			{
				Condition: request.header("if-match") === undefined ? "If-Unmodified-Since" : "If-Match",
			},
		);
	}
	if (condition === 304) return { status: 304, headers: validators(object), body: emptyBody };
	const range = rangeOf(request, object);
	if (range !== undefined) return partialReply(object, range);
	return {
		status: 200,
		headers: [...objectHeaders(object), ...checksumHeaders(request, object)],
		body: object.body,
	};
}

function validators({ etag, lastModifiedMs }: StoredObject): [string, string][] {
	const headers: [string, string][] = [["Last-Modified", new Date(lastModifiedMs).toUTCString()]];
	if (etag !== "") headers.push(["ETag", etag]);
	return headers;
}

function objectHeaders(object: StoredObject): [string, string][] {
	return [...validators(object), ["Accept-Ranges", "bytes"], ...Object.entries(object.headers)];
}

/** Only when asked for, and never for a range. */
function checksumHeaders(request: WireRequest, { checksums }: StoredObject): [string, string][] {
	if (request.header("x-amz-checksum-mode")?.toUpperCase() !== "ENABLED") return [];
	return Object.entries(checksums).flatMap(([algorithm, value]): [string, string][] => [
		[`x-amz-checksum-${algorithm}`, value],
		["x-amz-checksum-type", /-\d+$/.test(value) ? "COMPOSITE" : "FULL_OBJECT"],
	]);
}

function failedCondition(request: WireRequest, object: StoredObject): 304 | 412 | undefined {
	const ifMatch = request.header("if-match");
	const ifNoneMatch = request.header("if-none-match");
	const modifiedSeconds = Math.floor(object.lastModifiedMs / 1000);
	const seconds = (name: string) => Math.floor(Date.parse(request.header(name) ?? "") / 1000);
	if (ifMatch !== undefined) {
		if (!listsTag(ifMatch, object.etag)) return 412;
	} else if (seconds("if-unmodified-since") < modifiedSeconds) return 412;
	if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch, object.etag) ? 304 : undefined;
	return seconds("if-modified-since") >= modifiedSeconds ? 304 : undefined;
}

/** S3 also takes ETags without quotes. */
function listsTag(list: string, etag: string): boolean {
	const bare = (tag: string) => tag.trim().replace(/^W\//, "").replaceAll('"', "");
	return list.trim() === "*" || list.split(",").some((tag) => bare(tag) === bare(etag));
}

interface ByteRange {
	first: number;
	/** Inclusive. */
	last: number;
}

/** The one satisfiable range that is asked for; `undefined`: the whole object. 416 is thrown. */
function rangeOf(request: WireRequest, { body, etag }: StoredObject): ByteRange | undefined {
	const text = request.header("range");
	const parts = /^bytes=(\d*)-(\d*)$/.exec(text ?? "");
	if (text === undefined || parts === null || text === "bytes=-") return undefined;
	const ifRange = request.header("if-range");
	if (ifRange !== undefined && ifRange !== etag) return undefined;
	const [, from = "", to = ""] = parts;
	if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
	const first = from === "" ? Math.max(0, body.sizeBytes - Number(to)) : Number(from);
	const last = from === "" || to === "" ? body.sizeBytes - 1 : Math.min(Number(to), body.sizeBytes - 1);
	if (first > last) throw unsatisfiable(text, body);
	return { first, last };
}

function unsatisfiable(asked: string, { sizeBytes }: Body): S3Error {
	return new S3Error(
		416,
		"InvalidRange",
		"The requested range is not satisfiable",
		{ RangeRequested: asked, ActualObjectSize: String(sizeBytes) },
		[["Content-Range", `bytes */${sizeBytes}`]],
	);
}

function partialReply(object: StoredObject, { first, last }: ByteRange): Reply {
	const range: [string, string] = ["Content-Range", `bytes ${first}-${last}/${object.body.sizeBytes}`];
	return {
		status: 206,
		headers: [...objectHeaders(object), range],
		body: partOf(object.body, first, last + 1),
	};
}
