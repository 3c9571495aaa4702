/**
 * ListObjectsV2 of the fake S3: prefix, delimiter, max-keys, start-after, continuation-token, encoding-type=url.
 * In: a bucket and the raw query. Out: XML. Keys come in the order of their UTF-8 bytes, as from S3.
 */
import { encodePath, queryOf } from "./address.ts";
import type { Bucket } from "./buckets.ts";
import { escapeXml } from "./reply.ts";

export function listObjects(bucket: Bucket, rawQuery: string): string {
	const query = new Map(queryOf(rawQuery));
	if (query.has("location"))
		return `${declaration}<LocationConstraint xmlns="${namespace}">${bucket.region}</LocationConstraint>`;
	const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
	const after = tokenOf(query.get("continuation-token")) ?? query.get("start-after") ?? "";
	const maxKeys = Math.min(Number(query.get("max-keys") ?? 1000), 1000);
	const text = query.get("encoding-type") === "url" ? encodePath : escapeXml;
	const rows: { name: string; xml: string }[] = [];
	let isTruncated = false;
	for (const key of sortedKeys(bucket)) {
		if (!key.startsWith(prefix) || isNotAfter(key, after, delimiter)) continue;
		const row = rowOf(bucket, key, prefix, delimiter, text);
		if (rows.at(-1)?.name === row.name) continue;
		if (rows.length === maxKeys) {
			isTruncated = true;
			break;
		}
		rows.push(row);
	}
	const fields = [
		`<Name>${bucket.name}</Name><Prefix>${text(prefix)}</Prefix>`,
		delimiter === "" ? "" : `<Delimiter>${text(delimiter)}</Delimiter>`,
		`<KeyCount>${rows.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>`,
		isTruncated ? `<NextContinuationToken>${newToken(rows.at(-1)!.name)}</NextContinuationToken>` : "",
		...rows.map(({ xml }) => xml),
	];
	return `${declaration}<ListBucketResult xmlns="${namespace}">${fields.join("")}</ListBucketResult>`;
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

function sortedKeys({ objects }: Bucket): string[] {
	return [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** A common prefix that was listed covers every key below it. */
function isNotAfter(key: string, after: string, delimiter: string): boolean {
	if (after === "") return false;
	if (delimiter !== "" && after.endsWith(delimiter) && key.startsWith(after)) return true;
	return Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0;
}

function rowOf(
	{ objects }: Bucket,
	key: string,
	prefix: string,
	delimiter: string,
	text: (key: string) => string,
): { name: string; xml: string } {
	const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
	if (end >= 0) {
		const name = key.slice(0, end + delimiter.length);
		return { name, xml: `<CommonPrefixes><Prefix>${text(name)}</Prefix></CommonPrefixes>` };
	}
	const { etag, body, lastModifiedMs } = objects.get(key)!;
	const modified = new Date(lastModifiedMs).toISOString();
	const fields = `<Key>${text(key)}</Key><LastModified>${modified}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${body.sizeBytes}</Size><StorageClass>STANDARD</StorageClass>`;
	return { name: key, xml: `<Contents>${fields}</Contents>` };
}

const newToken = (name: string) => Buffer.from(name).toString("base64url");
const tokenOf = (token: string | undefined) =>
	token === undefined ? undefined : Buffer.from(token, "base64url").toString();
