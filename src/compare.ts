/**
 * The story of `chartcost compare`: two windows, given or around the strongest change, and what makes the difference.
 */
import { exitCodeOf, prepare } from "./analyze.ts";
import { caseOf } from "./case.ts";
import { type FoundChange, locateChanges } from "./explain/changes.ts";
import { explainWindows } from "./explain/explanation.ts";
import { type Amounts, amountsBetween, type Comparison as Sides } from "./explain/windows.ts";
import { readTallies } from "./ingest.ts";
import type { TimeWindow } from "./model/analysis.ts";
import type { Case } from "./model/case.ts";
import type { CompareOptions, Comparison, Figure } from "./model/comparison.ts";
import { usageError } from "./model/errors.ts";
import type { TimeRange } from "./model/time.ts";
import { isoTime } from "./model/units.ts";
import { openTallies, type Tallies } from "./tallies.ts";
import { wholeCells } from "./window.ts";

interface Windows {
	before: TimeRange;
	after: TimeRange;
	change: FoundChange["change"] | null;
	notes: string[];
}

export async function compare(options: CompareOptions): Promise<Comparison> {
	const fromSource = options.sources.length > 0;
	const tallies = fromSource ? await readTallies(options, false) : await openTallies(options);
	try {
		const cells = fromSource ? { ...options, note: undefined } : wholeCells(options, "hour");
		const prepared = await prepare(tallies, { ...options, from: cells.from, to: cells.to });
		const { window, hours, facts } = prepared;
		if (window === null) throw usageError("nothing to compare: no request was read", "Name access logs.");
		const theCase = caseOf(prepared.question, hours, {
			fromSeconds: Date.parse(window.from) / 1000,
			toSeconds: Date.parse(window.to) / 1000,
			hasClusterMap: options.clustersFile !== undefined,
		});
		const windows = await chosenWindows(theCase, options.windows);
		const sides = await sidesOf(tallies, theCase, windows);
		const { costBefore, costAfter, ...explanation } = explainWindows(theCase, sides);
		const figure = (of: (amounts: Amounts) => number): Figure => figureOf(of(sides.before), of(sides.after));
		const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
		const errors = (values: Float64Array) =>
			sum(values.map((value, flow) => (facts.table.isError[flow] === 1 ? value : 0)));
		const notes = [...windows.notes, ...notesOn(theCase, windows, sides)];
		return {
			before: windowOf(windows.before),
			after: windowOf(windows.after),
			change: windows.change,
			requestsPerHour: figure(({ requests }) => sum(requests)),
			bytesSentPerHour: figure(({ bytesSent }) => sum(bytesSent)),
			errorsPerHour: figure(({ requests }) => errors(requests)),
			costUsdPerMonth: figureOf(costBefore, costAfter),
			...explanation,
			notes: cells.note === undefined ? notes : [cells.note, ...notes],
			prices: prepared.prices,
			exitCode: exitCodeOf(tallies),
		};
	} finally {
		tallies.dispose();
	}
}

const windowOf = ({ fromSeconds, toSeconds }: TimeRange): TimeWindow => ({
	from: isoTime(fromSeconds),
	to: isoTime(toSeconds),
	hours: (toSeconds - fromSeconds) / 3600,
});

function figureOf(before: number, after: number): Figure {
	return { before, after, difference: after - before, relative: before === 0 ? null : after / before - 1 };
}

async function chosenWindows(theCase: Case, asked: CompareOptions["windows"]): Promise<Windows> {
	if (asked === undefined) return aroundStrongest(await locateChanges(theCase));
	const before = clipped(asked.before, theCase, "--before");
	const after = clipped(asked.after, theCase, "--after");
	return { before: before.range, after: after.range, change: null, notes: [...before.notes, ...after.notes] };
}

/** The change that moves most money; of equals, most requests. */
function aroundStrongest(found: readonly FoundChange[]): Windows {
	const weight = ({ change }: FoundChange) => Math.abs(change.costUsdPerMonth ?? 0);
	const size = ({ change }: FoundChange) => Math.abs(change.after - change.before);
	const strongest = [...found].sort((a, b) => weight(b) - weight(a) || size(b) - size(a))[0];
	if (strongest === undefined) {
		throw usageError(
			"there is no lasting change in these logs to compare around",
			"Name two windows: chartcost compare --before 2026-10-12..2026-10-13 --after 2026-10-13..2026-10-14",
		);
	}
	const at = Date.parse(strongest.change.time) / 1000;
	return {
		before: { fromSeconds: at - wholeDays(at - strongest.beforeFrom), toSeconds: at },
		after: { fromSeconds: at, toSeconds: at + wholeDays(strongest.afterTo - at) },
		change: strongest.change,
		notes: [],
	};
}

/** Whole days compare without the time of day; what is shorter stays as it is. */
function wholeDays(seconds: number): number {
	return seconds < daySeconds ? seconds : Math.floor(seconds / daySeconds) * daySeconds;
}

const daySeconds = 86_400;

/** The part of a window that the logs cover, in whole minutes: cells know no seconds. */
function clipped(
	{ fromSeconds, toSeconds }: TimeRange,
	theCase: Case,
	flag: string,
): { range: TimeRange; notes: string[] } {
	const range = {
		fromSeconds: Math.floor(Math.max(fromSeconds, theCase.fromSeconds) / 60) * 60,
		toSeconds: Math.ceil(Math.min(toSeconds, theCase.toSeconds) / 60) * 60,
	};
	const covered = `the logs cover ${isoTime(theCase.fromSeconds)} to ${isoTime(theCase.toSeconds)}`;
	if (range.fromSeconds >= range.toSeconds) {
		throw usageError(`${flag} ${isoTime(fromSeconds)}..${isoTime(toSeconds)} has no data`, `${covered}.`);
	}
	const isCut = fromSeconds < theCase.fromSeconds || toSeconds > theCase.toSeconds;
	return { range, notes: isCut ? [`${flag} was cut to what is there: ${covered}.`] : [] };
}

/** Rates of both windows. Hours answer for windows of whole hours; others need the minutes. */
async function sidesOf(tallies: Tallies, theCase: Case, { before, after }: Windows): Promise<Sides> {
	const edges = [before.fromSeconds, before.toSeconds, after.fromSeconds, after.toSeconds];
	const isWhole = edges.every((edge) => edge % 3600 === 0);
	const blocks = isWhole ? [theCase.hours] : tallies.minutes();
	return amountsBetween(blocks, theCase.flows.length, before, after);
}

function notesOn(theCase: Case, { before, after }: Windows, sides: Sides): string[] {
	const notes: string[] = [];
	for (const [name, range, amounts] of [
		["before", before, sides.before],
		["after", after, sides.after],
	] as const) {
		if (amounts.requests.every((value) => value === 0)) notes.push(`The window ${name} has no request.`);
		const open = incompleteHours(theCase, range);
		if (open > 0) notes.push(`The logs may not cover ${open} of the hours ${name} completely.`);
	}
	if (before.fromSeconds < after.toSeconds && after.fromSeconds < before.toSeconds)
		notes.push("The windows overlap: what they share dampens the difference.");
	const isWholeDays = (range: TimeRange) => (range.toSeconds - range.fromSeconds) % daySeconds === 0;
	if (!isWholeDays(before) || !isWholeDays(after))
		notes.push("The windows are not whole days: some of the difference may be the time of day.");
	return notes;
}

function incompleteHours({ completeHours }: Case, { fromSeconds, toSeconds }: TimeRange): number {
	let open = 0;
	for (let hour = Math.floor(fromSeconds / 3600); hour * 3600 < toSeconds; hour++) {
		if (!completeHours.has(hour)) open++;
	}
	return open;
}
