/**
 * The dataset opened for `query` and `export`: every flow with its readable values and its unit prices.
 * In: the options of a run. Out: columns with one entry per flow, ready to be joined with cells.
 */
import { displayText, type Facts, type FlowDimension, workOutFacts } from "./facts.ts";
import { loadNetwork, loadPrices } from "./knowledge.ts";
import type { Analysis, InputProblem } from "./model/analysis.ts";
import { ExitCode, usageError } from "./model/errors.ts";
import type { Flow } from "./model/flow.ts";
import { decodeTimes } from "./model/keys.ts";
import type { AnalysisOptions } from "./model/options.ts";
import { usdPerUnit } from "./price/money.ts";
import type { BillLine } from "./price/pricer.ts";
import {
	type DatasetContent,
	type Manifest,
	readCellFiles,
	readDataset,
	readManifest,
} from "./rollup/dataset.ts";
import { flowDimensions, loggedColumns, sqlName } from "./views.ts";

/** Prices of one flow per unit, as doubles; the exact money is `attribute`'s. NaN: unknown. */
export interface FlowPrices {
	usdPerRequest: Float64Array;
	usdPerByteSent: Float64Array;
	usdPerObjectByte: Float64Array;
	/** How many lines of the bill have no price for each unit: 0 for almost all flows. */
	unpricedRequest: Int32Array;
	unpricedByteSent: Int32Array;
	unpricedObjectByte: Int32Array;
}

export interface KnownFlows extends FlowPrices {
	content: DatasetContent;
	/** Dimensions and logged fields by their SQL names, one text per flow; `null` where old lines end. */
	texts: ReadonlyMap<string, readonly (string | null)[]>;
	listing: Int32Array;
	/** 1: the status is 400 or more. */
	isError: Uint8Array;
	/** See `decodeTimes` in model/keys.ts. */
	decodeTimes: Int32Array;
	prices: Analysis["prices"];
	/** 0, or 4 when the dataset does not hold all of its sources. */
	exitCode: ExitCode;
	/** What a reader must know. */
	notes: string[];
}

/** Throws a usage error when there is no dataset. */
export async function openKnownFlows(options: AnalysisOptions): Promise<KnownFlows> {
	const { datasetDir } = options;
	const manifest = readManifest(datasetDir);
	if (manifest === undefined) {
		throw usageError(
			`There is no dataset in ${datasetDir}.`,
			"Make one with: chartcost analyze logs/   or name its folder with --dataset DIR.",
		);
	}
	const content = await readDataset(datasetDir, manifest);
	const book = await loadPrices(options);
	const facts = workOutFacts({
		flows: content.flows,
		requests: await requestsPerFlow(datasetDir, manifest, content.flows.length),
		logPaths: content.files.map((file) => file.absolutePath),
		regionFlag: options.region,
		book,
		network: await loadNetwork(options),
		ownAccounts: options.ownAccounts,
	});
	const { exitCode, notes } = completeness(manifest);
	if (book.currency !== "USD") notes.push(`Prices are in ${book.currency}: so are all columns named …usd….`);
	return {
		content,
		texts: textsOf(facts),
		listing: Int32Array.from(content.flows, (flow) => flow.listing),
		isError: facts.table.isError,
		decodeTimes: Int32Array.from(content.flows, (flow) => decodeTimes(flow.operation)),
		...flowPrices(facts),
		prices: {
			region: facts.region,
			asOf: book.asOf,
			currency: book.currency,
			assumptions: [...facts.assumptions],
		},
		exitCode,
		notes,
	};
}

/** Which Region a bucket is in, and which assumptions are made, depends on what occurs most. */
async function requestsPerFlow(folder: string, manifest: Manifest, flows: number): Promise<Float64Array> {
	const requests = new Float64Array(flows);
	for await (const block of readCellFiles(folder, manifest, "minute"))
		for (let row = 0; row < block.rows; row++) requests[block.flow[row]!]! += block.requests[row]!;
	return requests;
}

function textsOf(facts: Facts): Map<string, readonly (string | null)[]> {
	const { flows } = facts;
	const logged = (field: keyof Flow) => (flow: Flow) => {
		const value = flow[field];
		return typeof value === "string" ? displayText(value) : null;
	};
	return new Map<string, readonly (string | null)[]>([
		...flowDimensions.map(
			(name) => [sqlName(name), flows.map((_, id) => facts.valueOf(id, name as FlowDimension))] as const,
		),
		...loggedColumns.map(([name, field]) => [name, flows.map(logged(field))] as const),
	]);
}

function flowPrices({ flows, lines, table }: Facts): FlowPrices {
	const units = ["request", "byteSent", "objectByte"] as const satisfies readonly BillLine["per"][];
	const perUnit = (per: BillLine["per"]) => {
		const known = new Float64Array(flows.length);
		const unknown = new Int32Array(flows.length);
		for (let flow = 0; flow < flows.length; flow++) {
			for (let i = table.offsets[flow]!; i < table.offsets[flow + 1]!; i++) {
				const line = lines[table.charges[i]!]!;
				if (line.per !== per) continue;
				if (line.unitPricePico === null) unknown[flow]!++;
				else known[flow]! += usdPerUnit(per, line.unitPricePico);
			}
		}
		return { known, unknown };
	};
	const [request, byteSent, objectByte] = units.map(perUnit) as [Unit, Unit, Unit];
	// A flow of which nothing is known to cost anything, but something is not known, has no cost rather than 0.
	for (let flow = 0; flow < flows.length; flow++) {
		const all = [request, byteSent, objectByte];
		if (all.every(({ known }) => known[flow] === 0) && all.some(({ unknown }) => unknown[flow]! > 0))
			for (const { known } of all) known[flow] = Number.NaN;
	}
	return {
		usdPerRequest: request.known,
		usdPerByteSent: byteSent.known,
		usdPerObjectByte: objectByte.known,
		unpricedRequest: request.unknown,
		unpricedByteSent: byteSent.unknown,
		unpricedObjectByte: objectByte.unknown,
	};
}

interface Unit {
	known: Float64Array;
	unknown: Int32Array;
}

/** Unreadable input makes the data incomplete, as in `attribute`; so does an interruption. */
function completeness({ problems, complete }: Manifest): { exitCode: ExitCode; notes: string[] } {
	const broken = problems.filter(
		({ problem }: InputProblem) => problem !== "duplicate" && problem !== "not-a-log",
	);
	const notes: string[] = [];
	if (!complete)
		notes.push("The reading was interrupted: the dataset covers only what was read. Run analyze again.");
	const [first] = broken;
	if (first !== undefined) {
		const more = broken.length === 1 ? "" : ` and ${broken.length - 1} more`;
		notes.push(`data incomplete: ${first.file}: ${first.problem}${more}; the dataset covers the rest`);
	}
	return { exitCode: notes.length > 0 ? ExitCode.incomplete : ExitCode.done, notes };
}
