/**
 * The report people read: about one screen, most important first.
 * Calls the sections in order, as large as fits, and gives the tables the lines that the others leave.
 */
import type { Analysis, Attribution } from "../model/analysis.ts";
import { type Amounts, amountsOf } from "./amounts.ts";
import { billLines } from "./bill.ts";
import { breakdownLines, chosenBreakdowns, fittingBreakdowns, linesOfSmallTable } from "./breakdowns.ts";
import { eventLines, findingLines, firstCommand, verdictLines } from "./diagnosis-text.ts";
import type { Format } from "./format.ts";
import { wrap } from "./layout.ts";
import { nextCommands } from "./next.ts";
import { assumptionLines, inputLines, maxExamples } from "./quality.ts";
import { paint, type Style } from "./style.ts";
import { attributionSentence } from "./summary.ts";
import { timelineLines } from "./timeline.ts";

/** Lines of a report without `--top`: a terminal window. */
const screenLines = 40;
/** Under a single table less is enough: `analyze` says the rest. */
const maxAttributionAssumptions = 1;

/** How much of each section is shown. */
interface Extent {
	billLines: number;
	findings: number;
	events: number;
	/** Height of the timeline; 0: none. */
	chartRows: number;
	/** Damaged files and lines shown as examples. */
	examples: number;
	assumptions: number;
	tables: number;
}

const least: Extent = {
	...{ billLines: 2, findings: 3, events: 2 },
	...{ chartRows: 0, examples: 0, assumptions: 0, tables: 0 },
};
/** What is shown besides, in this order, as long as there is room; the tables take what is left. */
const more: readonly Partial<Extent>[] = [
	...[{ examples: 1 }, { findings: 4 }, { tables: 1 }, { billLines: 3 }, { events: 3 }, { chartRows: 2 }],
	...[{ findings: 5 }, { billLines: 4 }, { assumptions: 1 }, { events: 4 }, { tables: 2 }, { chartRows: 3 }],
	...[{ billLines: 6 }, { findings: 6 }, { assumptions: 2 }, { billLines: 8 }, { examples: 2 }],
];
const all = Number.POSITIVE_INFINITY;
const everything: Extent = {
	...{ billLines: all, findings: all, events: all },
	...{ chartRows: 4, examples: maxExamples, assumptions: all, tables: all },
};

function analysisReport(analysis: Analysis, style: Style): string {
	const amounts = amountsOf(analysis.total, analysis.prices.currency, style);
	const around = sectionsOf(analysis, amounts, style);
	if (style.top !== undefined) {
		const { before, after } = around(everything);
		const tables = chosenBreakdowns(analysis.breakdowns).map((breakdown) =>
			breakdownLines(breakdown, style.top ?? 0, amounts, style),
		);
		return joined([...before, ...tables, ...after]);
	}
	let extent = least;
	for (const step of more) {
		const larger = { ...extent, ...step };
		if (roomIn(around(larger)) >= larger.tables * linesOfSmallTable) extent = larger;
	}
	const { before, after } = around(extent);
	const tables = fittingBreakdowns(analysis.breakdowns, roomIn({ before, after })).map(
		({ breakdown, rows }) => breakdownLines(breakdown, rows, amounts, style),
	);
	return joined([...before, ...tables, ...after]);
}

/** What stands above and below the tables. */
interface Around {
	before: string[][];
	after: string[][];
}

/** The sections at any extent; each is made once per size, for many extents are tried. */
function sectionsOf(analysis: Analysis, amounts: Amounts, style: Style): (extent: Extent) => Around {
	const { dim } = paint(style);
	const none = analysis.total.requests === 0;
	const verdict = verdictLines(analysis, amounts, style);
	const next = nextCommands(analysis, firstCommand(analysis), style);
	const findings = remembered((limit) => findingLines(analysis, limit, amounts, style));
	const events = remembered((limit) => eventLines(analysis, limit, amounts, style));
	const bill = remembered((limit) => (none ? [] : billLines(analysis, limit, amounts, style)));
	const input = remembered((examples) => inputLines(analysis.input, style, examples));
	const prices = remembered((limit) => (none ? [] : assumptionLines(analysis, style, limit)));
	const timeline = remembered((rows) => {
		if (rows === 0) return [];
		const { heading, chart } = timelineLines(analysis.timeline.points, rows, style);
		return [...heading.map(dim), ...chart];
	});
	const sections = (blocks: string[][]) => blocks.filter((lines) => lines.length > 0);
	return (extent) => ({
		before: sections([...verdict, findings(extent.findings), events(extent.events), bill(extent.billLines)]),
		after: sections([
			timeline(extent.chartRows),
			[...input(extent.examples), ...prices(extent.assumptions)],
			next,
		]),
	});
}

function remembered(make: (size: number) => string[]): (size: number) => string[] {
	const made = new Map<number, string[]>();
	return (size) => {
		const lines = made.get(size) ?? make(size);
		made.set(size, lines);
		return lines;
	};
}

/** Lines that are left on the screen. Each section has a blank line below it, but for the last. */
function roomIn({ before, after }: Around): number {
	return [...before, ...after].reduce((room, section) => room - section.length - 1, screenLines + 1);
}

function attributionReport(attribution: Attribution, style: Style): string {
	const { breakdown, total, prices } = attribution;
	const amounts = amountsOf(total, prices.currency, style);
	const rows = breakdown.rows.length;
	return joined([
		wrap(attributionSentence(attribution, amounts), style.width).map(paint(style).bold),
		...(rows === 0
			? []
			: [
					breakdownLines(breakdown, style.top ?? rows, amounts, style),
					assumptionLines(attribution, style, maxAttributionAssumptions),
				]),
	]);
}

function joined(sections: readonly string[][]): string {
	return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

export const format: Format = { analysis: analysisReport, attribution: attributionReport };
