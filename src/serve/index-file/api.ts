/**
 * ChartMuseum's read-only API, answered from a prepared index: its shapes, texts and statuses (routes.go, api.go of
 * helm/chartmuseum). Path and query in, status and JSON out; HEAD is the same without the body.
 */
import { parseConstraint, pickVersion } from "./constraint.ts";
import { goJson } from "./entries-json.ts";
import type { EntriesJson, PreparedIndex } from "./prepared.ts";

export interface ApiAnswer {
	status: number;
	contentType: string;
	body: Buffer;
	/** For 405. */
	allow?: string;
}

const jsonType = "application/json; charset=utf-8";

/**
 * `segments` are the decoded path behind `/api/` and the repository: `["charts", NAME, VERSION]`; `query` is the raw
 * one without `?`. Every answer has a body.
 */
export function apiAnswer(
	index: Pick<PreparedIndex, "entriesJson" | "passedOn">,
	method: string,
	segments: readonly string[],
	query: string,
): ApiAnswer {
	if (segments[0] !== "charts" && segments[0] !== "prov") return failure(404, "not found");
	if (method !== "GET" && method !== "HEAD") return readOnly();
	const [room, name, version, ...more] = segments;
	if (room !== "charts") return failure(404, "not found");
	if (index.passedOn)
		return failure(500, "the index is too large to be read, only index.yaml itself is served");
	if (name === undefined) return allCharts(index.entriesJson, query);
	if (version === undefined) return oneChart(index.entriesJson, name);
	if (more.length === 0) return oneVersion(index.entriesJson, name, version);
	if (more.length === 1 && (more[0] === "templates" || more[0] === "values"))
		return failure(404, `${more[0]} of a chart are not offered by this read-only proxy: pull the package`);
	return failure(404, "not found");
}

/** cm-push prints the text of `error`. */
function readOnly(): ApiAnswer {
	const text =
		"this repository is a read-only proxy: publish charts to the bucket itself, for example with helm-s3";
	return { ...failure(405, text), allow: "GET, HEAD" };
}

function allCharts(entries: EntriesJson, query: string): ApiAnswer {
	const parameters = new URLSearchParams(query);
	const [offsetText, limitText] = [parameters.get("offset"), parameters.get("limit")];
	const offset = offsetText === null ? 0 : integerOf(offsetText);
	if (offset === undefined || offset < 0) return failure(400, "offset is not a valid non-negative integer");
	const limit = limitText === null ? undefined : integerOf(limitText);
	if (limitText !== null && (limit === undefined || limit <= 0))
		return failure(400, "limit is not a valid positive integer");
	if (limit === undefined) return offset === 0 ? success(entries.json) : success(Buffer.from("{}"));
	const places = [...entries.slices.values()];
	const last = places[Math.min(offset + limit, places.length) - 1];
	if (offset >= places.length || last === undefined) return success(Buffer.from("{}"));
	// The key of a chart stands between the comma behind the chart before and its list.
	const start = offset === 0 ? 1 : places[offset - 1]!.end + 1;
	return success(Buffer.concat([Buffer.from("{"), entries.json.subarray(start, last.end), Buffer.from("}")]));
}

/** strconv.Atoi. */
function integerOf(text: string): number | undefined {
	const value = Number(text);
	return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

function oneChart({ json, slices }: EntriesJson, name: string): ApiAnswer {
	const place = slices.get(name);
	return place === undefined
		? failure(404, "chart not found")
		: success(json.subarray(place.start, place.end));
}

function oneVersion(entries: EntriesJson, name: string, version: string): ApiAnswer {
	const place = entries.slices.get(name);
	if (place === undefined) return failure(404, "no chart name found");
	const versions = versionsOf(entries, name, place);
	if (versions.texts.length === 0) return failure(404, "no chart version found");
	const wanted = version === "latest" ? "" : version;
	const constraint = parseConstraint(wanted);
	if (constraint === undefined) return failure(404, `improper constraint: ${wanted}`);
	const position = pickVersion(versions.texts, wanted, constraint);
	if (position < 0) return failure(404, `no chart version found for ${name}-${wanted}`);
	const bounds = versions.bounds;
	return success(entries.json.subarray(bounds[2 * position], bounds[2 * position + 1]));
}

interface VersionPlaces {
	texts: readonly string[];
	/** Start, end in the JSON of the index; two for each text. */
	bounds: readonly number[];
}

/** Charts that were asked for: one look at a list of thousands of versions costs milliseconds. */
const known = new WeakMap<EntriesJson, Map<string, VersionPlaces>>();

function versionsOf(
	entries: EntriesJson,
	name: string,
	place: { start: number; end: number },
): VersionPlaces {
	let charts = known.get(entries);
	if (charts === undefined) {
		charts = new Map();
		known.set(entries, charts);
	}
	let places = charts.get(name);
	if (places === undefined) {
		places = placesIn(entries.json, place);
		charts.set(name, places);
	}
	return places;
}

/** The list was written by goJson without blanks, so each version has the length that it has when written again. */
function placesIn(json: Buffer, { start, end }: { start: number; end: number }): VersionPlaces {
	const list = JSON.parse(json.toString("utf8", start, end)) as { version: string }[];
	const bounds: number[] = [];
	let at = start + 1;
	for (const version of list) {
		const length = Buffer.byteLength(goJson(version));
		bounds.push(at, at + length);
		at += length + 1;
	}
	return { texts: list.map(({ version }) => version), bounds };
}

function success(body: Buffer): ApiAnswer {
	return { status: 200, contentType: jsonType, body };
}

function failure(status: number, error: string): ApiAnswer {
	return { status, contentType: jsonType, body: Buffer.from(goJson({ error })) };
}
