/**
 * What the diagnosis adds to an analysis: `node --import tsx test/bench/diagnosis.ts [--runs 9] [--dry]`.
 * In: the two logs of `npm run bench`. Out: seconds of the whole process with the diagnosis, and of the same program
 * built without it, in turns; a Markdown table on stdout and in test/bench/DIAGNOSIS.md.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseSize } from "../support/size.ts";
import { benchLog } from "./logs.ts";
import { measure, median } from "./measure.ts";
import { storyLog } from "./story-log.ts";
import { machineList } from "./table.ts";

const { values } = parseArgs({
	options: { runs: { type: "string", default: "9" }, dry: { type: "boolean", default: false } },
});
const runs = Number(values.runs);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of the built program that says nothing instead of diagnosing. */
function withoutDiagnosis(): string {
	const copy = mkdtempSync(join(tmpdir(), "chartcost-bench-"));
	for (const part of ["bin", "dist", "package.json", "oclif.manifest.json"])
		cpSync(join(root, part), join(copy, part), { recursive: true });
	symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
	let changed = 0;
	for (const name of readdirSync(join(copy, "dist")).filter((file) => file.endsWith(".js"))) {
		const file = join(copy, "dist", name);
		const code = readFileSync(file, "utf8");
		const silent = code.replace(/(nothingToSay\d*):\s*await diagnose\d*\(theCase\d*\)/, "$1:$1");
		if (silent === code) continue;
		writeFileSync(file, silent);
		changed++;
	}
	if (changed !== 1)
		throw new Error(`the call of diagnose was found in ${changed} built files instead of one`);
	return copy;
}

/** Findings in the answer, and seconds. */
async function run(program: string, log: string): Promise<{ seconds: number; findings: number }> {
	const command = [process.execPath, join(program, "bin/run.js"), "analyze", log, "--json", "--no-save"];
	const { seconds, stdout, exitCode, stderr } = await measure([...command, "--region", "us-east-1"], true);
	if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
	return { seconds, findings: (JSON.parse(stdout) as { findings: unknown[] }).findings.length };
}

const copy = withoutDiagnosis();
const rows: string[] = [];
try {
	const logs = { crowded: (await benchLog(parseSize("1GB"))).path, story: storyLog().path };
	for (const [name, log] of Object.entries(logs)) {
		const found = (await run(root, log)).findings;
		if (found === 0) throw new Error(`nothing is found in the ${name} log`);
		if ((await run(copy, log)).findings !== 0) throw new Error("the copy diagnoses, too");
		const [full, bare]: [number[], number[]] = [[], []];
		for (let i = 0; i < runs; i++) {
			full.push((await run(root, log)).seconds);
			bare.push((await run(copy, log)).seconds);
		}
		const [fullSeconds, bareSeconds] = [median(full), median(bare)];
		const share = ((fullSeconds / bareSeconds - 1) * 100).toFixed(1);
		rows.push(`| ${name} | ${found} | ${fullSeconds.toFixed(3)} | ${bareSeconds.toFixed(3)} | ${share} % |`);
		console.error(rows.at(-1));
	}
} finally {
	rmSync(copy, { recursive: true, force: true });
}
const report = `# Benchmark: what the diagnosis adds

Written by \`node --import tsx test/bench/diagnosis.ts\`. ${new Date().toISOString().slice(0, 10)}.

${machineList()}

\`analyze LOG --json --no-save\`, the whole process, against the same program built without the diagnosis (changes,
roll-outs, findings): ${runs} runs each, in turns, medians. The logs are those of RESULTS.md.

| log | findings | with, s | without, s | adds |
|---|---:|---:|---:|---:|
${rows.join("\n")}
`;
process.stdout.write(report);
if (!values.dry) writeFileSync(new URL("DIAGNOSIS.md", import.meta.url), report);
