/**
 * Lets contestants read the same log in turns, so that whatever slows the machine slows all of them.
 * In: contestants, a log and the truth about it. Out: one `Standing` each, with medians.
 * The first round is not timed: it warms the page cache, and its answers are held against the truth.
 */
import { rmSync } from "node:fs";
import type { TruthJson } from "../support/truth.ts";
import { type Contestant, datasetDir } from "./contestants.ts";
import { type Measurement, measure, median } from "./measure.ts";

export interface Standing {
	name: string;
	version: string | undefined;
	/** Why there are no numbers. */
	problem: string | undefined;
	/** One per timed run. */
	seconds: number[];
	medianSeconds: number;
	peakRssBytes: number | undefined;
	/** Records and bytes of the truth that the answer lacks; negative when it has too many. */
	lostRecords: number | undefined;
	lostBytes: number | undefined;
}

export async function race(
	contestants: readonly Contestant[],
	log: { path: string; truth: TruthJson },
	runs: number,
	say: (text: string) => void,
): Promise<Standing[]> {
	const standings = new Map<Contestant, Standing>();
	for (const contestant of contestants) {
		say(`${contestant.name}: first run`);
		standings.set(contestant, await firstRun(contestant, log));
	}
	const rssBytes = new Map<Contestant, number[]>();
	for (let run = 1; run <= runs; run++) {
		for (const [contestant, standing] of standings) {
			if (standing.problem !== undefined) continue;
			const { seconds, peakRssBytes } = await runOnce(contestant, log.path, false);
			say(`${contestant.name}: run ${run}, ${seconds.toFixed(2)} s`);
			standing.seconds.push(seconds);
			if (peakRssBytes !== undefined)
				rssBytes.set(contestant, [...(rssBytes.get(contestant) ?? []), peakRssBytes]);
		}
	}
	for (const [contestant, standing] of standings) {
		standing.medianSeconds = median(standing.seconds);
		const all = rssBytes.get(contestant);
		standing.peakRssBytes = all === undefined ? undefined : Math.max(...all);
	}
	return [...standings.values()];
}

async function firstRun(contestant: Contestant, log: { path: string; truth: TruthJson }): Promise<Standing> {
	const standing: Standing = {
		name: contestant.name,
		version: await contestant.version(),
		problem: undefined,
		seconds: [],
		medianSeconds: Number.NaN,
		peakRssBytes: undefined,
		lostRecords: undefined,
		lostBytes: undefined,
	};
	if (standing.version === undefined) return { ...standing, problem: "not installed, or it does not start" };
	const { exitCode, stdout, stderr } = await runOnce(contestant, log.path, true);
	if (exitCode !== 0) return { ...standing, problem: `exit code ${exitCode}: ${lastLine(stderr)}` };
	const { requests, bytesSent } = contestant.answer(stdout);
	const lostBytes = bytesSent === undefined ? undefined : log.truth.bytesSent - bytesSent;
	return { ...standing, lostRecords: log.truth.records - requests, lostBytes };
}

async function runOnce(contestant: Contestant, path: string, keepStdout: boolean): Promise<Measurement> {
	rmSync(datasetDir, { recursive: true, force: true });
	return measure(contestant.command(path), keepStdout);
}

function lastLine(text: string): string {
	return text.trim().split("\n").at(-1)?.slice(0, 120) ?? "";
}
