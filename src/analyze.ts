/**
 * The story of `chartcost analyze`: sources → scan → rollup → price → report values.
 */
import { bill, breakdown, type Question, timeline, total, totalsOf } from "./answer.ts";
import { caseOf } from "./case.ts";
import { chartsOf } from "./charts-data.ts";
import { diagnose, nothingToSay } from "./diagnose.ts";
import { type Facts, workOutFacts } from "./facts.ts";
import { readTallies } from "./ingest.ts";
import { loadNetwork, loadPrices } from "./knowledge.ts";
import type { Analysis, Breakdown } from "./model/analysis.ts";
import type { Dimension } from "./model/dimensions.ts";
import { ExitCode } from "./model/errors.ts";
import type { Block, Cells } from "./model/flow.ts";
import { defaultMachineRows, manyKeys } from "./model/limits.ts";
import { didYouMean } from "./model/nearest.ts";
import type { AnalysisOptions } from "./model/options.ts";
import type { PriceBook } from "./price/book.ts";
import { foldFlows, foldHours } from "./rollup/hours.ts";
import { dropKernel } from "./rollup/kernel.ts";
import { reclaim } from "./rollup/reclaim.ts";
import { openTallies, type Tallies } from "./tallies.ts";
import { coverageOf, wholeCells } from "./window.ts";

/** The breakdowns of the contract, and the wider ones that the terminal shows. */
const breakdowns: Dimension[][] = [
	["iam-user"],
	["client"],
	["source-ip"],
	["operation"],
	["key"],
	["cluster"],
	["network-path"],
	["client", "software"],
	["source-ip", "cluster", "network-path"],
];

export interface AnalyzeResult {
	analysis: Analysis;
	/** 0, 4 when input could not be read completely, 130 when the reading was stopped. */
	exitCode: ExitCode;
	/**
	 * Writes the dataset, if one is to be written, and says so in a sentence. Throws when that fails; the analysis
	 * stands all the same.
	 */
	save(): Promise<string | undefined>;
}

/** Reads SOURCE (or the dataset), and answers. Save afterwards: the answer comes first. */
export async function analyze(options: AnalysisOptions): Promise<AnalyzeResult> {
	const fromSource = options.sources.length > 0;
	const tallies = fromSource ? await readTallies(options, options.save) : await openTallies(options);
	const cells = fromSource ? { ...options, note: undefined } : wholeCells(options, "hour");
	const { question, prices, window, hours } = await prepare(tallies, {
		...options,
		from: cells.from,
		to: cells.to,
	});
	const top = options.top ?? defaultMachineRows;
	const theCase =
		window === null
			? undefined
			: caseOf(question, hours, {
					fromSeconds: Date.parse(window.from) / 1000,
					toSeconds: Date.parse(window.to) / 1000,
					hasClusterMap: options.clustersFile !== undefined,
				});
	const diagnosis = theCase === undefined ? nothingToSay : await diagnose(theCase);
	if (tallies.keys.length > manyKeys) reclaim("major");
	const answers: Breakdown[] = [];
	// One after the other: each has the tables of all flows in the kernel's memory.
	for (const by of breakdowns) answers.push(await breakdown(question, by, [], top));
	const analysis: Analysis = {
		input: tallies.input,
		window,
		prices,
		total: totalsOf(await total(question, [])),
		costLines: await bill(question),
		breakdowns: answers,
		timeline: { grain: "hour", points: await timeline(question, window) },
		diagnosis,
		charts:
			theCase !== undefined && options.charts === true
				? chartsOf(theCase, diagnosis, await breakdown(question, ["chart"], [], top))
				: undefined,
	};
	// Before the prices' own: a screen shows the first few.
	analysis.prices.assumptions.unshift(...(cells.note === undefined ? [] : [cells.note]), ...notesOn(tallies));
	return {
		analysis,
		exitCode: exitCodeOf(tallies),
		save: async () => {
			try {
				// Nothing learnt: what an earlier analysis left stays.
				if (!fromSource || !options.save || tallies.input.records === 0) return undefined;
				// Saving a million keys needs the room that the answers took.
				dropKernel();
				if (tallies.keys.length > manyKeys) reclaim("major");
				await tallies.save();
				return savedNote(tallies, options.datasetDir);
			} finally {
				tallies.dispose();
			}
		},
	};
}

/** The parts that every question about tallies needs. */
export async function prepare(
	tallies: Tallies,
	options: AnalysisOptions,
): Promise<{
	question: Question;
	facts: Facts;
	prices: Analysis["prices"];
	window: Analysis["window"];
	hours: Block;
}> {
	// A scan has applied the window to the second already; a dataset is cut at its cells.
	const fromSeconds = tallies.fromDataset ? (options.from ?? 0) : 0;
	const toSeconds = tallies.fromDataset ? (options.to ?? endOfTime) : endOfTime;
	const hours = await foldHours(tallies.minutes, fromSeconds, toSeconds);
	const requests = new Float64Array(tallies.flows.length);
	for (let row = 0; row < hours.rows; row++) requests[hours.flow[row]!]! += hours.requests[row]!;
	const book = await loadPrices(options);
	const facts = workOutFacts({
		flows: tallies.flows,
		requests,
		logPaths: tallies.logPaths,
		regionFlag: options.region,
		book,
		network: await loadNetwork(options),
		ownAccounts: options.ownAccounts,
	});
	const read = { from: options.from ?? tallies.readFrom, to: options.to ?? tallies.readTo };
	const { window, completeHours } = coverageOf(hours, read, tallies.newestDelivery, options.now);
	const flowBlocks = (): Block[] => [hours];
	const totals = foldFlows(hours, tallies.flows.length, completeHours);
	const flowTotals = (): Cells[] => [totals];
	return {
		question: { tallies, facts, fromSeconds, toSeconds, completeHours, flowBlocks, flowTotals },
		facts,
		prices: {
			region: facts.region,
			asOf: book.asOf,
			currency: book.currency,
			assumptions: [...unknownRegion(options.region, book), ...facts.assumptions],
		},
		window,
		hours,
	};
}

/** A Region may be newer than the prices, or mistyped. */
function unknownRegion(region: string | undefined, book: PriceBook): string[] {
	if (region === undefined || book.regions.has(region)) return [];
	const meant = didYouMean(region, book.regions.keys());
	return [
		`The prices do not know the Region "${region}" of --region: what it costs is unknown${meant === "" ? "." : meant}`,
	];
}

/** Later than any record: the year 2200. */
const endOfTime = 7_258_118_400;

function notesOn(tallies: Tallies): string[] {
	const notes = tallies.input.degraded.map(
		({ limit, value, requests }) =>
			`More than ${value} ${limit}: ${requests} requests were pooled into "(other)". Totals are complete.`,
	);
	if (tallies.interrupted) notes.push("The reading was interrupted: these figures cover only what was read.");
	return notes;
}

function savedNote({ interrupted, input }: Tallies, folder: string): string {
	if (interrupted)
		return `interrupted: what was read is saved in ${folder}. Run the same command again to read the rest.`;
	const reused =
		input.reusedFiles > 0 ? `, ${input.reusedFiles} of ${input.files} files were not read again` : "";
	return `saved in ${folder}${reused}`;
}

/** What the input's quality makes of the exit code. */
export function exitCodeOf(tallies: Tallies): ExitCode {
	if (tallies.interrupted) return ExitCode.interrupted;
	const broken = tallies.input.problems.filter(
		({ problem }) => problem !== "duplicate" && problem !== "not-a-log",
	);
	const { records, skipped, filesOutsideWindow } = tallies.input;
	const nothing = records === 0 && skipped === 0 && filesOutsideWindow === 0;
	if (nothing && broken.length > 0 && broken.every(({ problem }) => problem === "permission"))
		return ExitCode.permission;
	if (broken.length > 0 || nothing) return ExitCode.incomplete;
	return ExitCode.done;
}
