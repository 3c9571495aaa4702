/** The story of `chartcost rollouts`: which source ran which client version, from SOURCE or from the dataset. */
import { exitCodeOf, prepare } from "./analyze.ts";
import { caseOf } from "./case.ts";
import { findRollouts } from "./explain/rollouts.ts";
import { readTallies } from "./ingest.ts";
import type { RolloutReport } from "./model/comparison.ts";
import type { AnalysisOptions } from "./model/options.ts";
import { openTallies } from "./tallies.ts";
import { wholeCells } from "./window.ts";

export async function rollouts(options: AnalysisOptions): Promise<RolloutReport> {
	const fromSource = options.sources.length > 0;
	const tallies = fromSource ? await readTallies(options, false) : await openTallies(options);
	try {
		const cells = fromSource ? { ...options, note: undefined } : wholeCells(options, "minute");
		const { question, window, hours } = await prepare(tallies, {
			...options,
			from: cells.from,
			to: cells.to,
		});
		const notes = cells.note === undefined ? [] : [cells.note];
		const exitCode = exitCodeOf(tallies);
		if (window === null) return { window, rollouts: [], notes: [...notes, "No request was read."], exitCode };
		const theCase = caseOf(question, hours, {
			fromSeconds: Date.parse(window.from) / 1000,
			toSeconds: Date.parse(window.to) / 1000,
			hasClusterMap: options.clustersFile !== undefined,
		});
		return { window, rollouts: findRollouts(theCase), notes, exitCode };
	} finally {
		tallies.dispose();
	}
}
