/**
 * Adds up the verdicts of many scenarios for the findings benchmark.
 * In: a verdict and the times of each scenario. Out: Markdown tables: findings, changes, clean logs, speed.
 */
import type { Score, Verdict } from "../support/scenarios/judge.ts";
import { median } from "./measure.ts";

interface Effort {
	/** Nothing was planted. */
	isClean: boolean;
	generateMs: number;
	analyzeMs: number;
	lines: number;
}

export class Tally {
	/** Findings of severity warn or high in logs with nothing wrong. */
	cleanWarnings = 0;
	#clean = 0;
	#cleanChanges = 0;
	#scenarios = 0;
	#asPlanted = 0;
	readonly #findings = new Map<string, Score>();
	readonly #changes: Score = { planted: 0, found: 0, false: 0 };
	readonly #delays: number[] = [];
	readonly #efforts: Effort[] = [];

	add(verdict: Verdict, effort: Effort): void {
		this.#scenarios++;
		if (verdict.differences.length === 0) this.#asPlanted++;
		if (effort.isClean) {
			this.#clean++;
			this.cleanWarnings += verdict.warnings;
			this.#cleanChanges += verdict.changes.false;
		}
		for (const [id, score] of verdict.findings) {
			const sum = this.#findings.get(id) ?? { planted: 0, found: 0, false: 0 };
			this.#findings.set(id, plus(sum, score));
		}
		Object.assign(this.#changes, plus(this.#changes, verdict.changes));
		this.#delays.push(...verdict.changes.delayMinutes);
		this.#efforts.push(effort);
	}

	report(): string {
		return [
			`${this.#scenarios} scenarios, ${this.#clean} of them with nothing wrong; ${this.#asPlanted} were told exactly as planted.`,
			"A finding counts as found when its severity and all planted facts are right, and as false when it is warn",
			"or high and nothing of its kind was planted.",
			"",
			this.#findingsTable(),
			"",
			`Clean scenarios: ${this.cleanWarnings} findings of severity warn or high, ${this.#cleanChanges} changes.`,
			"",
			this.#changesTable(),
			"",
			this.#speed(),
		].join("\n");
	}

	#findingsTable(): string {
		const rows = [...this.#findings].sort(([left], [right]) => (left < right ? -1 : 1));
		const all = rows.reduce((sum, [, score]) => plus(sum, score), { planted: 0, found: 0, false: 0 });
		return [
			"| finding | planted | found | missed | false | precision | recall |",
			"|---|---:|---:|---:|---:|---:|---:|",
			...[...rows, ["all", all] as const].map(([id, score]) => `| ${id} | ${cells(score)} |`),
		].join("\n");
	}

	#changesTable(): string {
		const within = this.#delays.filter((minutes) => minutes <= 5).length;
		const times =
			this.#delays.length === 0
				? "none was found"
				: `off by ${median(this.#delays).toFixed(0)} minutes in the median, ${Math.max(...this.#delays).toFixed(0)} at most, ` +
					`${within} of ${this.#delays.length} by 5 minutes or less`;
		return [
			"| changes planted | found | missed | false | precision | recall |",
			"|---:|---:|---:|---:|---:|---:|",
			`| ${cells(this.#changes)} |`,
			"",
			`Times of changes: ${times}.`,
		].join("\n");
	}

	#speed(): string {
		const seconds = (pick: (effort: Effort) => number) => (median(this.#efforts.map(pick)) / 1000).toFixed(2);
		return (
			`Per scenario, medians: ${median(this.#efforts.map(({ lines }) => lines)).toFixed(0)} lines, ` +
			`${seconds(({ generateMs }) => generateMs)} s to generate, ${seconds(({ analyzeMs }) => analyzeMs)} s to analyze.`
		);
	}
}

function plus(left: Score, right: Score): Score {
	return {
		planted: left.planted + right.planted,
		found: left.found + right.found,
		false: left.false + right.false,
	};
}

function cells({ planted, found, false: wrong }: Score): string {
	const share = (part: number, whole: number) => (whole === 0 ? "–" : (part / whole).toFixed(3));
	return [planted, found, planted - found, wrong, share(found, found + wrong), share(found, planted)].join(
		" | ",
	);
}
