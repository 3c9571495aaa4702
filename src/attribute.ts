/** The story of `chartcost attribute`: the same money by any dimensions, from SOURCE or from the dataset. */
import { exitCodeOf, prepare } from "./analyze.ts";
import { breakdown, total } from "./answer.ts";
import { readTallies } from "./ingest.ts";
import type { Attribution } from "./model/analysis.ts";
import { keyDimensions } from "./model/dimensions.ts";
import { defaultMachineRows } from "./model/limits.ts";
import type { AttributionOptions } from "./model/options.ts";
import { whyNothing } from "./no-match.ts";
import { openTallies } from "./tallies.ts";
import { wholeCells } from "./window.ts";

export async function attribute(options: AttributionOptions): Promise<Attribution> {
	const tallies = options.sources.length > 0 ? await readTallies(options, false) : await openTallies(options);
	try {
		const needsKeys = [...options.by, ...options.where.map((c) => c.dimension)].some((d) =>
			keyDimensions.has(d),
		);
		const cells = tallies.fromDataset
			? wholeCells(options, needsKeys ? "hour" : "minute")
			: { ...options, note: undefined };
		const { question, prices, window } = await prepare(tallies, {
			...options,
			from: cells.from,
			to: cells.to,
		});
		// Hours are enough for every question but a window that cuts one.
		const exact = tallies.fromDataset && cutsHours(cells);
		const asked = exact
			? { ...question, flowBlocks: tallies.minutes, flowTotals: tallies.minutes }
			: question;
		const table = await breakdown(asked, options.by, options.where, options.top ?? defaultMachineRows);
		const sum = await total(asked, options.where);
		const notes = cells.note === undefined ? [] : [cells.note];
		if (sum.requests === 0) notes.push(...(await whyNothing(asked, options.where)));
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

function cutsHours({ from, to }: { from: number | undefined; to: number | undefined }): boolean {
	return (from ?? 0) % 3600 !== 0 || (to ?? 0) % 3600 !== 0;
}
