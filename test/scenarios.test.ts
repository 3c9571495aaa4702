/**
 * The proof of the diagnosis: logs with a known story go through the real program, and its answer is held against
 * the truth. Scenarios are in support/scenarios/catalog.ts; CHARTCOST_SCENARIO_SEED tries another seed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { scenarios } from "./support/scenarios/catalog.ts";
import { writeObjects } from "./support/scenarios/delivery.ts";
import { type Answer, judge } from "./support/scenarios/judge.ts";
import { type Staged, stage } from "./support/scenarios/scenario.ts";

const program = fileURLToPath(new URL("../bin/run.js", import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), "chartcost-scenarios-"));
after(() => rmSync(root, { recursive: true, force: true }));
const seed = Number(process.env["CHARTCOST_SCENARIO_SEED"] ?? 1);

interface Output extends Answer {
	total: { requests: number; bytesSent: number };
}

function analyze(name: string, { objects, clusters }: Staged): Output {
	const folder = path.join(root, name);
	writeObjects(path.join(folder, "logs"), objects);
	const args = ["analyze", "logs", "--json", "--no-save"];
	if (clusters !== undefined) {
		writeFileSync(path.join(folder, "clusters.yaml"), clusters);
		args.push("--clusters", "clusters.yaml");
	}
	const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
		cwd: folder,
		encoding: "utf8",
		maxBuffer: 64 << 20,
		env: { PATH: process.env["PATH"], HOME: path.join(root, "home"), CI: "1" },
	});
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout) as Output;
}

/** Not too many, and no address that belongs to somebody. */
const maxLines = 60_000;
const documentation = /^(-|(192\.0\.2|198\.51\.100|203\.0\.113|10\.\d+\.\d+)\.\d+|2001:db8:[0-9a-f:]+)$/;

for (const [index, scenario] of scenarios.entries()) {
	test(`${scenario.name}: ${scenario.says}`, () => {
		const staged = stage(scenario, seed + index);
		assert.ok(staged.drafts.length < maxLines, `${staged.drafts.length} lines`);
		for (const address of staged.truth.by.sourceIp.keys()) assert.match(address, documentation);
		const answer = analyze(scenario.name, staged);
		assert.equal(answer.total.requests, staged.truth.records);
		assert.equal(answer.total.bytesSent, staged.truth.bytesSent);
		const { differences } = judge(answer, staged.expected);
		assert.equal(differences.length, 0, `\n${differences.map((line) => `- ${line}`).join("\n")}`);
	});
}
