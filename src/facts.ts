/**
 * What is known about each flow, worked out once per flow: principal, client, network place, billing, Region.
 * In: flows and how often each occurs. Out: the value of every flow dimension, and what each flow is charged to.
 */
import { clientOf } from "./clients/client.ts";
import { principalOf } from "./clients/principal.ts";
import { softwareOf } from "./clients/software.ts";
import type { Dimension } from "./model/dimensions.ts";
import type { Flow } from "./model/flow.ts";
import { type NetworkKnowledge, type NetworkPlace, networkPathLabel, networkPathOf } from "./network/path.ts";
import type { PriceBook } from "./price/book.ts";
import { type BillLine, createPricer } from "./price/pricer.ts";
import { type BucketRegion, bucketRegionOf } from "./price/region.ts";
import { billingOf, tierLabel } from "./price/tiers.ts";
import type { FlowTable } from "./rollup/group.ts";

export interface FactsInput {
	flows: readonly Flow[];
	/** Requests per flow: the most frequent hints decide. */
	requests: Float64Array;
	/** Paths of the log files; date-partitioned ones name the Region. */
	logPaths: readonly string[];
	regionFlag: string | undefined;
	book: PriceBook;
	network: NetworkKnowledge;
	ownAccounts: readonly string[];
}

/** Dimensions whose value depends on the flow alone. */
export type FlowDimension = Exclude<Dimension, "key" | "chart" | "prefix" | "hour" | "day">;

export interface Facts {
	flows: readonly Flow[];
	places: readonly NetworkPlace[];
	lines: readonly BillLine[];
	assumptions: readonly string[];
	/** The Region of the bucket with the most requests. */
	region: string;
	table: FlowTable;
	valueOf(flow: number, dimension: FlowDimension): string;
	/** The dimension's values, numbered: one number per flow. Worked out once. */
	column(dimension: FlowDimension): FlowColumn;
}

export interface FlowColumn {
	/** Index into `values`, by flow id. */
	parts: Int32Array;
	values: readonly string[];
}

/** Relative prices for ranking: per request and per byte, in one unit. */
function rankingPrice(line: BillLine): number {
	if (line.unitPricePico === null) return 0;
	const pico = Number(line.unitPricePico);
	return line.per === "request" ? pico : pico / 2 ** 30;
}

const perCode = { request: 0, byteSent: 1, objectByte: 2 } as const;

export function workOutFacts(input: FactsInput): Facts {
	const { flows } = input;
	const regions = bucketRegions(input);
	const pricer = createPricer({ book: input.book, ownAccounts: input.ownAccounts });
	const places: NetworkPlace[] = [];
	const offsets = new Int32Array(flows.length + 1);
	const charges: number[] = [];
	for (const [id, flow] of flows.entries()) {
		const region = regions.get(flow.bucket)!.region;
		const place = networkPathOf(flow, region, input.network);
		places.push(place);
		// A flow that does not occur in the window must not add lines and assumptions to the report.
		if (input.requests[id]! > 0) charges.push(...pricer.chargesOf(flow, region, place));
		offsets[id + 1] = charges.length;
	}
	const table: FlowTable = {
		isError: Uint8Array.from(flows, ({ status }) => (status[0] === "4" || status[0] === "5" ? 1 : 0)),
		offsets,
		charges: Int32Array.from(charges),
		linePer: Uint8Array.from(pricer.lines, (line) => perCode[line.per]),
		linePrice: Float64Array.from(pricer.lines, rankingPrice),
	};
	const [busiest] = [...regions.values()];
	const regionAssumptions = [...regions.values()].map(({ assumption }) => assumption);
	const reading = readings(places, input.ownAccounts);
	const columns = new Map<FlowDimension, FlowColumn>();
	const texts: TextColumns = new Map();
	const column = (dimension: FlowDimension): FlowColumn =>
		remembered(columns, dimension, () => flowColumn(flows, reading[dimension], texts));
	return {
		flows,
		places,
		lines: pricer.lines,
		assumptions: [...new Set([...regionAssumptions, ...pricer.assumptions])].filter((s) => s !== undefined),
		region: busiest?.region ?? input.regionFlag ?? "us-east-1",
		table,
		valueOf: (flow, dimension) => {
			const { parts, values } = column(dimension);
			return values[parts[flow]!]!;
		},
		column,
	};
}

/** Bucket → Region, the bucket with the most requests first. */
function bucketRegions(input: FactsInput): Map<string, BucketRegion> {
	const counts = new Map<
		string,
		{ total: number; hosts: Map<string, number>; sources: Map<string, number> }
	>();
	for (const [id, flow] of input.flows.entries()) {
		const requests = input.requests[id]!;
		let bucket = counts.get(flow.bucket);
		if (bucket === undefined) {
			bucket = { total: 0, hosts: new Map(), sources: new Map() };
			counts.set(flow.bucket, bucket);
		}
		bucket.total += requests;
		addTo(bucket.hosts, flow.hostHeader, requests);
		addTo(bucket.sources, flow.sourceRegion, requests);
	}
	const ordered = [...counts].sort((a, b) => b[1].total - a[1].total);
	return new Map(
		ordered.map(([bucket, { hosts, sources }]) => [
			bucket,
			bucketRegionOf({
				flag: input.regionFlag,
				hostHeader: mostFrequentFirst(hosts),
				logPath: input.logPaths.filter((path) => path.includes(`/${bucket}/`)),
				sourceRegions: mostFrequentFirst(sources),
			}),
		]),
	);
}

function addTo(counts: Map<string, number>, name: string | undefined, count: number): void {
	if (name !== undefined && name !== "-") counts.set(name, (counts.get(name) ?? 0) + count);
}

function mostFrequentFirst(counts: Map<string, number>): string[] {
	return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

const ascii = /^[\x00-\x7f]*$/;

/** Log bytes as people read them: UTF-8 where they are, replacement characters where they are not. */
export function displayText(latin1: string): string {
	return ascii.test(latin1) ? latin1 : Buffer.from(latin1, "latin1").toString("utf8");
}

/** A dimension's text in the flow, and what it means; the meaning is worked out once per distinct text. */
interface Reading {
	text(flow: Flow, id: number): string;
	meaning?: (text: string) => string;
}

function readings(
	places: readonly NetworkPlace[],
	ownAccounts: readonly string[],
): Record<FlowDimension, Reading> {
	const principals = new Map<string, ReturnType<typeof principalOf>>();
	const principal = (requester: string) => remembered(principals, requester, principalOf);
	const clients = new Map<string, ReturnType<typeof clientOf>>();
	const client = (agent: string) => remembered(clients, agent, clientOf);
	const requester = (flow: Flow): string => flow.requester;
	const agent = (flow: Flow): string => flow.userAgent;
	return {
		"iam-user": { text: requester, meaning: (text) => principal(text).iamUser },
		requester: { text: requester },
		session: { text: requester, meaning: (text) => principal(text).session },
		account: { text: requester, meaning: (text) => principal(text).account },
		"user-agent": { text: agent },
		client: { text: agent, meaning: (text) => client(text).client },
		software: { text: agent, meaning: (text) => softwareOf(client(text), text).software },
		"source-ip": { text: (flow) => flow.remoteIp },
		cluster: { text: (_, id) => places[id]!.cluster },
		"network-path": { text: (_, id) => networkPathLabel(places[id]!) },
		operation: { text: (flow) => flow.operation },
		tier: { text: (flow) => tierLabel(billingOf(flow, ownAccounts).tier) },
		status: { text: (flow) => flow.status },
		error: { text: (flow) => flow.errorCode },
		bucket: { text: (flow) => flow.bucket },
		host: { text: (flow) => flow.hostHeader ?? "-" },
		"auth-type": { text: (flow) => flow.authType ?? "-" },
		"source-region": { text: (flow) => flow.sourceRegion ?? "-" },
	};
}

/** The distinct texts of a reading, numbered; dimensions that read the same text share them. */
type TextColumns = Map<Reading["text"], FlowColumn>;

function flowColumn(flows: readonly Flow[], reading: Reading, known: TextColumns): FlowColumn {
	let column = known.get(reading.text);
	if (column === undefined) {
		column = textColumn(flows, reading);
		known.set(reading.text, column);
	}
	const { meaning } = reading;
	const values: string[] = [];
	const byValue = new Map<string, number>();
	const numberOf = Int32Array.from(column.values, (found) =>
		remembered(
			byValue,
			displayText(meaning === undefined ? found : meaning(found)),
			(value) => values.push(value) - 1,
		),
	);
	return { parts: column.parts.map((text) => numberOf[text]!), values };
}

function textColumn(flows: readonly Flow[], { text }: Reading): FlowColumn {
	const values: string[] = [];
	const numbers = new Map<string, number>();
	const parts = new Int32Array(flows.length);
	for (let id = 0; id < flows.length; id++) {
		const found = text(flows[id]!, id);
		let number = numbers.get(found);
		if (number === undefined) {
			number = values.push(found) - 1;
			numbers.set(found, number);
		}
		parts[id] = number;
	}
	return { parts, values };
}

function remembered<K extends string, T>(cache: Map<K, T>, key: K, make: (key: K) => T): T {
	let value = cache.get(key);
	if (value === undefined) {
		value = make(key);
		cache.set(key, value);
	}
	return value;
}
