/**
 * Renders standings as Markdown: contestants as columns, measures as rows. In: standings and the size of the log.
 * Out: text. Ratios are against the first contestant, above 1 meaning slower than it.
 */
import { cpus, release, totalmem, type } from "node:os";
import type { Standing } from "./race.ts";

export function standingsTable(standings: Standing[], logBytes: number): string {
	const base = standings[0]?.medianSeconds ?? Number.NaN;
	const rows: [label: string, cell: (standing: Standing) => string][] = [
		["median, s", (standing) => fixed(standing.medianSeconds, 2)],
		[
			"fastest to slowest, s",
			({ seconds }) => `${fixed(Math.min(...seconds), 2)}–${fixed(Math.max(...seconds), 2)}`,
		],
		["GB/s (10^9)", (standing) => fixed(logBytes / 1e9 / standing.medianSeconds, 2)],
		[`time, × ${standings[0]?.name}`, (standing) => fixed(standing.medianSeconds / base, 2)],
		["peak memory, MiB", (standing) => whole(standing.peakRssBytes, 2 ** 20)],
		["records lost", (standing) => whole(standing.lostRecords, 1)],
		["bytes sent lost, MiB", (standing) => whole(standing.lostBytes, 2 ** 20)],
	];
	const lines = [
		["", ...standings.map((standing) => standing.name)],
		["---", ...standings.map(() => "---:")],
		...rows.map(([label, cell]) => [
			label,
			...standings.map((standing) => (standing.problem === undefined ? cell(standing) : "–")),
		]),
	].map((cells) => `| ${cells.join(" | ")} |`);
	const notes = standings.flatMap(({ name, problem }) =>
		problem === undefined ? [] : [`- ${name} has no numbers: ${problem.replaceAll("|", "\\|")}`],
	);
	return [...lines, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

function fixed(value: number, digits: number): string {
	return Number.isFinite(value) ? value.toFixed(digits) : "unknown";
}

function whole(value: number | undefined, unit: number): string {
	return value === undefined ? "unknown" : (value / unit).toFixed(0);
}

/** The machine as a Markdown list. Nothing that names it. */
export function machineList(): string {
	return [
		`- CPU: ${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`,
		`- Memory: ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
		`- Kernel: ${type()} ${release()}`,
		`- Node: ${process.version}`,
	].join("\n");
}
