/**
 * The story of the pictures: a case and its diagnosis → requests over time by client and by source.
 * Two passes over the hours: who is worth a colour or a row, then the counts.
 */
import type { Breakdown } from "./model/analysis.ts";
import type { Case } from "./model/case.ts";
import type { Bins, ChartClient, ChartSource, Charts } from "./model/charts.ts";
import type { Diagnosis } from "./model/diagnosis.ts";

/** A month of hours: a finer curve is not seen on a screen. */
const maxClientBins = 750;
/** A cell of the heat map is to be large enough to point at. */
const maxSourceBins = 125;
/** More colours cannot be told apart. */
const maxClients = 8;
/** Rows that a person looks at. */
const maxSources = 30;
const maxBuckets = 3;
/** Steps that put the days at even distances. */
const niceHours = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 720];
/** What findings say of the sources that they name; the graver word last. */
const flagOf: readonly (readonly [finding: string, flag: ChartSource["flag"]])[] = [
	["stale-client", "left behind"],
	["stray-cluster", "stray"],
];

/** The part of a case that is drawn. */
export type DrawnCase = Pick<
	Case,
	"actors" | "actorOf" | "hours" | "fromSeconds" | "toSeconds" | "completeHours"
>;

export function chartsOf(theCase: DrawnCase, diagnosis: Diagnosis, byChart: Breakdown): Charts {
	const { actors } = theCase;
	const requests = requestsByActor(theCase);
	const clientOf = ranked(
		actors.map(({ client }) => client),
		requests,
		new Map(),
	);
	const flags = flagsOf(diagnosis);
	const sourceOf = ranked(
		actors.map(({ sourceIp }) => sourceIp),
		requests,
		flags,
	);
	const clientBins = binsOf(theCase, maxClientBins);
	const sourceBins = binsOf(theCase, maxSourceBins);
	const clients = clientsOf(theCase, clientOf, clientBins);
	const sources = sourcesOf(theCase, sourceOf, sourceBins, flags);
	count(theCase, { clientOf, clients, clientBins, sourceOf, sources, sourceBins });
	return {
		buckets: ranked(
			actors.map(({ bucket }) => bucket),
			requests,
			new Map(),
		).names.slice(0, maxBuckets),
		clients,
		clientBins,
		sources,
		sourceBins,
		byChart,
	};
}

function requestsByActor({ actors, actorOf, hours }: DrawnCase): Float64Array {
	const requests = new Float64Array(actors.length);
	for (let row = 0; row < hours.rows; row++) requests[actorOf[hours.flow[row]!]!]! += hours.requests[row]!;
	return requests;
}

/** Names in order of their requests, those of `first` before all others; and the place of each actor's name. */
interface Ranking {
	names: string[];
	place: Int32Array;
}

function ranked(
	nameOf: readonly string[],
	requests: Float64Array,
	first: ReadonlyMap<string, unknown>,
): Ranking {
	const sums = new Map<string, number>();
	for (const [actor, name] of nameOf.entries()) {
		if (requests[actor]! > 0) sums.set(name, (sums.get(name) ?? 0) + requests[actor]!);
	}
	const names = [...sums.keys()].sort(
		(a, b) => Number(first.has(b)) - Number(first.has(a)) || sums.get(b)! - sums.get(a)! || (a < b ? -1 : 1),
	);
	const places = new Map(names.map((name, place) => [name, place]));
	return { names, place: Int32Array.from(nameOf, (name) => places.get(name) ?? names.length) };
}

function flagsOf({ findings }: Diagnosis): Map<string, ChartSource["flag"]> {
	const flags = new Map<string, ChartSource["flag"]>();
	for (const [id, flag] of flagOf) {
		for (const { evidence } of findings.filter((finding) => finding.id === id)) {
			const addresses: unknown = evidence["sourceIps"];
			for (const address of Array.isArray(addresses) ? addresses : []) flags.set(String(address), flag);
		}
	}
	return flags;
}

function binsOf({ fromSeconds, toSeconds, completeHours }: DrawnCase, most: number): Bins {
	const firstHour = Math.floor(fromSeconds / 3600);
	const hours = Math.max(1, Math.ceil(toSeconds / 3600) - firstHour);
	const hoursPerBin =
		niceHours.find((width) => binsFor(firstHour, hours, width) <= most) ?? Math.ceil(hours / most);
	// Days begin at a bin's edge, so that the labels can stand there.
	const start = hoursPerBin <= 24 ? firstHour - (firstHour % hoursPerBin) : firstHour;
	const bins = Math.ceil((firstHour + hours - start) / hoursPerBin);
	const inside = Array.from({ length: bins }, (_, bin) => {
		const from = Math.max(firstHour, start + bin * hoursPerBin);
		const to = Math.min(firstHour + hours, start + (bin + 1) * hoursPerBin);
		return { from, hours: Math.max(1, to - from) };
	});
	return {
		startSeconds: start * 3600,
		hoursPerBin,
		count: bins,
		hours: inside.map((bin) => bin.hours),
		complete: inside.map((bin) =>
			Array.from({ length: bin.hours }, (_, i) => bin.from + i).every((hour) => completeHours.has(hour)),
		),
	};
}

function binsFor(firstHour: number, hours: number, width: number): number {
	const before = width <= 24 ? firstHour % width : 0;
	return Math.ceil((hours + before) / width);
}

function clientsOf({ actors }: DrawnCase, { names, place }: Ranking, bins: Bins): ChartClient[] {
	const softwareOf = new Map(actors.map(({ client, software }) => [client, software]));
	const shown = names.slice(0, names.length === maxClients + 1 ? names.length : maxClients);
	const entries = shown.map((client) => ({ client, software: softwareOf.get(client) ?? "", clients: 1 }));
	const rest = names.length - shown.length;
	for (const [actor, at] of place.entries()) place[actor] = Math.min(at, shown.length);
	return [...entries, ...(rest > 0 ? [{ client: null, software: "", clients: rest }] : [])].map((entry) => ({
		...entry,
		requests: new Float64Array(bins.count),
	}));
}

function sourcesOf(
	{ actors }: DrawnCase,
	{ names, place }: Ranking,
	bins: Bins,
	flags: ReadonlyMap<string, ChartSource["flag"]>,
): ChartSource[] {
	const actorOf = new Map(actors.map((actor) => [actor.sourceIp, actor]));
	const shown = names.slice(0, names.length === maxSources + 1 ? names.length : maxSources);
	const entries = shown.map((sourceIp) => ({
		sourceIp,
		cluster: actorOf.get(sourceIp)?.cluster ?? "",
		networkPath: actorOf.get(sourceIp)?.networkPath ?? "",
		sources: 1,
		flag: flags.get(sourceIp) ?? ("" as const),
	}));
	const rest = names.length - shown.length;
	const other = { sourceIp: null, cluster: "", networkPath: "", sources: rest, flag: "" as const };
	for (const [actor, at] of place.entries()) place[actor] = Math.min(at, shown.length);
	return [...entries, ...(rest > 0 ? [other] : [])].map((entry) => ({
		...entry,
		requests: new Float64Array(bins.count),
		client: new Int8Array(bins.count).fill(-1),
	}));
}

interface Counted {
	clientOf: Ranking;
	clients: ChartClient[];
	clientBins: Bins;
	sourceOf: Ranking;
	sources: ChartSource[];
	sourceBins: Bins;
}

/** One pass: adds every row to its client and to its source, then finds who was strongest at each source when. */
function count({ actorOf, hours }: DrawnCase, counted: Counted): void {
	const { clientOf, clients, clientBins, sourceOf, sources, sourceBins } = counted;
	const width = sourceBins.count * clients.length;
	const byClient = new Float64Array(sources.length * width);
	const clientStart = clientBins.startSeconds / 3600;
	const sourceStart = sourceBins.startSeconds / 3600;
	for (let row = 0; row < hours.rows; row++) {
		const hour = Math.floor(hours.time[row]! / 60);
		const actor = actorOf[hours.flow[row]!]!;
		const client = clientOf.place[actor]!;
		const source = sourceOf.place[actor]!;
		const sourceBin = Math.floor((hour - sourceStart) / sourceBins.hoursPerBin);
		clients[client]!.requests[Math.floor((hour - clientStart) / clientBins.hoursPerBin)]! +=
			hours.requests[row]!;
		sources[source]!.requests[sourceBin]! += hours.requests[row]!;
		byClient[source * width + sourceBin * clients.length + client]! += hours.requests[row]!;
	}
	for (const [index, { client }] of sources.entries()) {
		for (let bin = 0; bin < sourceBins.count; bin++) {
			let most = 0;
			for (let of = 0; of < clients.length; of++) {
				const requests = byClient[index * width + bin * clients.length + of]!;
				if (requests <= most) continue;
				most = requests;
				client[bin] = of;
			}
		}
	}
}
