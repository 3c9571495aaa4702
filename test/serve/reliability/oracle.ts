/**
 * What a client should get, worked out from the objects that S3 holds at this moment: no cache, no network, no stream. The slow and
 * obvious version, written from RFC 9110 (§13.2.2, §14) and not from src/serve.
 */
import { prepareIndex } from "../../../src/serve/index-file/prepare.ts";
import { readAll } from "../../support/s3/body.ts";
import type { StoredObject } from "../../support/s3/buckets.ts";

export interface OracleRequest {
	method: "GET" | "HEAD";
	key: string;
	/** Names in lower case. */
	headers: Readonly<Record<string, string>>;
}

export interface Expected {
	status: number;
	body: Buffer;
	/** Only those that must be equal; `undefined`: must not be there. */
	headers: Record<string, string | undefined>;
}

interface Entity {
	body: Buffer;
	etag: string;
	lastModified: string;
	type: string;
}

export function expectedAnswer(objects: ReadonlyMap<string, StoredObject>, request: OracleRequest): Expected {
	const object = objects.get(request.key);
	if (object === undefined)
		return { status: 404, body: none(request, '{"error":"object not found"}'), headers: {} };
	return answerAbout(entityOf(request.key, object), request);
}

function entityOf(key: string, object: StoredObject): Entity {
	const lastModified = new Date(Math.floor(object.lastModifiedMs / 1000) * 1000).toUTCString();
	const stored = readAll(object.body);
	if (key !== "index.yaml") {
		const type = key.endsWith(".prov") ? "application/pgp-signature" : "application/gzip";
		return { body: stored, etag: object.etag, lastModified, type };
	}
	const { body, etag } = prepareIndex(stored, { ownHosts: [], rewriteAll: false, maxBytes: 1 << 26 });
	return { body, etag, lastModified, type: "application/x-yaml" };
}

function answerAbout(entity: Entity, request: OracleRequest): Expected {
	const { headers, method } = request;
	const { body, etag, lastModified } = entity;
	const size = body.length;
	const common = { etag, "last-modified": lastModified };
	const empty = (status: number, more: Expected["headers"] = {}): Expected => ({
		status,
		body: Buffer.alloc(0),
		headers: { ...common, "content-type": undefined, ...more },
	});
	const modifiedMs = Date.parse(lastModified);
	if (headers["if-match"] !== undefined) {
		if (headers["if-match"] !== "*" && headers["if-match"] !== etag) return empty(412);
	} else if (modifiedMs > Date.parse(headers["if-unmodified-since"] ?? "")) return empty(412);
	if (headers["if-none-match"] !== undefined) {
		const tags = headers["if-none-match"].split(",").map((tag) => tag.trim().replace(/^W\//, ""));
		if (tags.includes("*") || tags.includes(etag)) return empty(304);
	} else if (modifiedMs <= Date.parse(headers["if-modified-since"] ?? "")) return empty(304);
	const full: Expected = {
		status: 200,
		body: method === "HEAD" ? Buffer.alloc(0) : body,
		headers: {
			...common,
			...{ "content-type": entity.type, "content-length": String(size), "content-range": undefined },
		},
	};
	const range = /^bytes=(\d*)-(\d*)$/.exec(headers["range"] ?? "");
	if (method === "HEAD" || range === null || (range[1] === "" && range[2] === "")) return full;
	const ifRange = headers["if-range"];
	if (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified) return full;
	const [from, to] = [range[1]!, range[2]!];
	const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
	const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
	if (from !== "" && to !== "" && Number(to) < first) return full;
	if (first >= size || (from === "" && Number(to) === 0))
		return empty(416, { "content-range": `bytes */${size}` });
	return {
		status: 206,
		body: body.subarray(first, last + 1),
		headers: {
			...full.headers,
			...{ "content-length": String(last - first + 1), "content-range": `bytes ${first}-${last}/${size}` },
		},
	};
}

function none({ method }: OracleRequest, body: string): Buffer {
	return method === "HEAD" ? Buffer.alloc(0) : Buffer.from(body);
}
