/** The story of `chartcost attribute`: the same money by any dimensions, from SOURCE or from the dataset. */
import { exitCodeOf, prepare } from "./analyze.ts";
import { breakdown, total } from "./answer.ts";
import { readTallies } from "./ingest.ts";
import type { Attribution } from "./model/analysis.ts";
import { keyDimensions } from "./model/dimensions.ts";
import { defaultMachineRows } from "./model/limits.ts";
import type { AttributionOptions } from "./model/options.ts";
import { isoTime } from "./model/units.ts";
import { openTallies } from "./tallies.ts";

export async function attribute(options: AttributionOptions): Promise<Attribution> {
	const tallies = options.sources.length > 0 ? await readTallies(options, false) : await openTallies(options);
	try {
		const { question, prices, window } = await prepare(tallies, options);
		const needsKeys = [...options.by, ...options.where.map((c) => c.dimension)].some((d) =>
			keyDimensions.has(d),
		);
		const { notes, fromSeconds, toSeconds } = snapped(options, tallies.fromDataset, needsKeys);
		const cut = tallies.fromDataset ? { ...question, fromSeconds, toSeconds } : question;
		// Hours are enough for every question but a window that cuts one.
		const flowBlocks =
			notes.length > 0 || cutsHours(options, tallies.fromDataset) ? tallies.minutes : question.flowBlocks;
		const asked = { ...cut, flowBlocks };
		const table = await breakdown(asked, options.by, options.where, options.top ?? defaultMachineRows);
		const sum = await total(asked, options.where);
		for (const { limit, value, requests } of tallies.input.degraded) {
			notes.push(`More than ${value} ${limit}: ${requests} requests were pooled into "(other)".`);
		}
		return {
			by: options.by,
			window,
			breakdown: table,
			total: sum,
			notes,
			prices,
			exitCode: exitCodeOf(tallies),
		};
	} finally {
		tallies.dispose();
	}
}

function cutsHours({ from, to }: AttributionOptions, fromDataset: boolean): boolean {
	return fromDataset && ((from ?? 0) % 3600 !== 0 || (to ?? 0) % 3600 !== 0);
}

/** The dataset knows minutes, and hours where keys matter: a finer window is widened to them, and that is said. */
function snapped(
	options: AttributionOptions,
	fromDataset: boolean,
	needsKeys: boolean,
): { notes: string[]; fromSeconds: number; toSeconds: number } {
	const unit = needsKeys ? 3600 : 60;
	const from = options.from ?? 0;
	const to = options.to ?? 7_258_118_400;
	const fromSeconds = Math.floor(from / unit) * unit;
	const toSeconds = Math.ceil(to / unit) * unit;
	const widened = fromDataset && (fromSeconds !== from || toSeconds !== to);
	const name = needsKeys ? "hours" : "minutes";
	const begin = options.from === undefined ? "the beginning" : isoTime(fromSeconds);
	const end = options.to === undefined ? "the end" : isoTime(toSeconds);
	const note = `The dataset knows ${needsKeys ? "keys by the hour" : "requests by the minute"}: the window was widened to whole ${name}, ${begin} to ${end}. Give SOURCE for an exact window.`;
	return { notes: widened ? [note] : [], fromSeconds, toSeconds };
}
