/**
 * Precision and recall of the diagnosis over random scenarios (test/support/scenarios/composition.ts).
 * `node --import tsx test/bench/findings.ts [--seeds 200] [--first 1] [--catalog] [--cli] [--verbose] [-o FILE]`
 * In: flags. Out: Markdown tables on stdout, and in FILE. `--catalog` takes the scenarios of the tests in turns
 * instead of random ones, `--cli` runs the built program instead of the library, `--verbose` prints the differences
 * per seed. Exit code 1 when a scenario with nothing wrong has a finding of severity warn or high.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { analyze } from "../../src/analyze.ts";
import { analysisOptions } from "../support/analysis-options.ts";
import { scenarios } from "../support/scenarios/catalog.ts";
import { composition } from "../support/scenarios/composition.ts";
import { writeObjects } from "../support/scenarios/delivery.ts";
import { type Answer, judge } from "../support/scenarios/judge.ts";
import { type Staged, stage } from "../support/scenarios/scenario.ts";
import { Tally } from "./findings-tally.ts";
import { machineList } from "./table.ts";

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "200" },
		first: { type: "string", default: "1" },
		catalog: { type: "boolean", default: false },
		cli: { type: "boolean", default: false },
		verbose: { type: "boolean", default: false },
		out: { type: "string", short: "o" },
	},
});
const seeds = Number(values.seeds);
const first = Number(values.first);
const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
	version: string;
};
/** Every log is delivered and settled by then. */
const nowSeconds = Date.UTC(2026, 10, 20) / 1000;

const tally = new Tally();
for (let seed = first; seed < first + seeds; seed++) {
	const scenario = values.catalog ? scenarios[seed % scenarios.length]! : composition(seed);
	const started = performance.now();
	const staged = stage(scenario, seed);
	const generated = performance.now();
	const answer = await answerTo(staged);
	const analyzed = performance.now();
	const verdict = judge(answer, staged.expected);
	const { findings, changes, allowed } = staged.expected;
	tally.add(verdict, {
		isClean: findings.length + changes.length + allowed.length === 0,
		generateMs: generated - started,
		analyzeMs: analyzed - generated,
		lines: staged.truth.records,
	});
	if (values.verbose && verdict.differences.length > 0)
		console.error(
			`seed ${seed}: ${scenario.name}\n${verdict.differences.map((line) => `  - ${line}`).join("\n")}`,
		);
}

const report = `# Findings: precision and recall

Written by \`node --import tsx test/bench/findings.ts --seeds ${seeds}${first === 1 ? "" : ` --first ${first}`}${values.cli ? " --cli" : ""}\`.
${new Date().toISOString().slice(0, 10)}.

${machineList()}
- chartcost ${version}

${tally.report()}
`;
process.stdout.write(report);
if (values.out !== undefined) writeFileSync(values.out, report);
process.exitCode = tally.cleanWarnings === 0 ? 0 : 1;

/** The logs are on disk for as long as they are read. */
async function answerTo(staged: Staged): Promise<Answer> {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-findings-"));
	try {
		writeObjects(path.join(folder, "logs"), staged.objects);
		const clustersFile = staged.clusters === undefined ? undefined : path.join(folder, "clusters.yaml");
		if (clustersFile !== undefined) writeFileSync(clustersFile, staged.clusters ?? "");
		return values.cli ? byProgram(folder, clustersFile) : await byLibrary(folder, clustersFile);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function byLibrary(folder: string, clustersFile: string | undefined): Promise<Answer> {
	const sources = [path.join(folder, "logs")];
	const { analysis, save } = await analyze(
		analysisOptions(folder, { sources, clustersFile, now: nowSeconds }),
	);
	// Gives the memory of the scan back.
	await save();
	return analysis.diagnosis;
}

function byProgram(folder: string, clustersFile: string | undefined): Answer {
	const map = clustersFile === undefined ? [] : ["--clusters", clustersFile];
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		[program, "analyze", "logs", "--json", "--no-save", ...map],
		{ cwd: folder, encoding: "utf8", maxBuffer: 64 << 20 },
	);
	if (status !== 0) throw new Error(`chartcost analyze: exit code ${status}: ${stderr}`);
	return JSON.parse(stdout) as Answer;
}
