/**
 * What S3 would be asked for a key, without asking: settings and a key in, the parts of the request and of its
 * signature out that are no secret. For `serve --explain`.
 */
import { type BucketPlace, endpointOf, startRegion } from "./endpoint.ts";
import { createSigner, signedFields } from "./signer.ts";
import { encodePath } from "./uri.ts";

export interface ExplainedRequest {
	/** `https://HOST/PATH`, as on the wire. */
	url: string;
	host: string;
	/** As signed and as sent: they are the same bytes. */
	path: string;
	/** Until S3 says another. */
	region: string;
	/** Names of the signed header fields, joined by `;`. */
	signedFields: string;
}

export function explainRequest(place: BucketPlace, key: string): ExplainedRequest {
	const region = startRegion(place);
	const { url, host, basePath } = endpointOf(place, region);
	const path = `${basePath}/${encodePath(key)}`;
	const fields = signedFields(createSigner(), {
		...{ method: "GET", path, host, region, nowMs: 0, checksum: true },
		credentials: { accessKeyId: "", secretAccessKey: "", sessionToken: "", expiresAtMs: undefined },
	});
	const names = fields.filter((name, i) => i % 2 === 0 && name !== "authorization");
	return { url: `${url}${path}`, host, path, region, signedFields: names.join(";") };
}
