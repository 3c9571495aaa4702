/**
 * `npm run bench`: chartcost against DuckDB, GoAccess and wc on one generated log, all in the same run.
 * `npm run bench -- [--size 1GB] [--runs 5] [--growth] [--dry]`; `--growth` adds 0.25 and 4 GB, `--dry` keeps
 * RESULTS.md as it is. In: flags. Out: a Markdown table on stdout and in test/bench/RESULTS.md.
 */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { parseSize } from "../support/size.ts";
import { contestants } from "./contestants.ts";
import { benchLog } from "./logs.ts";
import { race, type Standing } from "./race.ts";
import { storyLog } from "./story-log.ts";
import { machineList, standingsTable } from "./table.ts";

const { values } = parseArgs({
	options: {
		size: { type: "string", default: "1GB" },
		runs: { type: "string", default: "5" },
		growth: { type: "boolean", default: false },
		dry: { type: "boolean", default: false },
	},
});
const runs = Number(values.runs);
const say = (text: string) => console.error(text);

const log = await benchLog(parseSize(values.size));
const standings = await race(contestants, log, runs, say);
const story = storyLog();
const storyStandings = await race(contestants, story, runs, say);
const growth = values.growth ? await measureGrowth() : "Not measured in this run: add `--growth`.";

const report = `# Benchmark: reading access logs

Written by \`npm run bench\`; run it to get your own numbers. ${new Date().toISOString().slice(0, 10)}.

${machineList()}
${versionList(standings)}

One generated log of ${(log.truth.bytes / 1e9).toFixed(2)} GB, ${log.truth.lines} lines (test/support/generate.ts,
seed 1), in the page cache. ${runs} timed runs each, taken in turns; medians. Every contestant groups by minute,
requester, user agent, IP, operation and status, but GoAccess (its own panels) and wc (lines only).
"Lost" is against what the generator says it wrote; wc counts lines that are no records, too. DuckDB "exact" matches
lines as chartcost does, "common" is the usual recipe, "split" reads the log as a table with spaces between columns;
"split-keys" groups by key and hour as well, as chartcost does and the others do not.

${standingsTable(standings, log.truth.bytes)}

That log is crowded on purpose: some 15,000 different callers and kinds of requests, 1.4 million pairs of key and hour.
The same on the log of the story that chartcost was made for (test/bench/story-log.ts): four weeks of a chart bucket,
${(story.truth.bytes / 1e9).toFixed(2)} GB, ${story.truth.lines} lines, eleven addresses, ${Object.keys(story.truth.by.rawKey).length} keys.

${standingsTable(storyStandings, story.truth.bytes)}

## Commands

${contestants.map(({ name, command }) => `- ${name}: \`${shown(command("FILE"))}\``).join("\n")}

## Growth of chartcost with the size of the log

${growth}
`;
process.stdout.write(report);
if (!values.dry) writeFileSync(new URL("RESULTS.md", import.meta.url), report);

async function measureGrowth(): Promise<string> {
	const rows: string[] = [];
	for (const size of ["0.25GB", "1GB", "4GB"]) {
		const sized = await benchLog(parseSize(size));
		const [standing] = await race(contestants.slice(0, 1), sized, runs, say);
		if (standing === undefined || standing.problem !== undefined)
			return `Not measured: ${standing?.problem}.`;
		const gbPerSecond = sized.truth.bytes / 1e9 / standing.medianSeconds;
		const rss =
			standing.peakRssBytes === undefined ? "unknown" : (standing.peakRssBytes / 2 ** 20).toFixed(0);
		rows.push(`| ${size} | ${standing.medianSeconds.toFixed(2)} | ${gbPerSecond.toFixed(2)} | ${rss} |`);
	}
	return ["| log | median, s | GB/s (10^9) | peak memory, MiB |", "|---|---:|---:|---:|", ...rows].join("\n");
}

/** A command without the folders of this machine. */
function shown(command: string[]): string {
	return command.map((word) => (word.startsWith("/") ? basename(word) : word)).join(" ");
}

function versionList(all: Standing[]): string {
	const versions = new Set(all.map(({ name, version }) => `- ${version ?? `${name}: not installed`}`));
	return [...versions].join("\n");
}
