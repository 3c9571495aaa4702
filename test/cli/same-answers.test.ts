/** The dataset answers as the logs do: the same questions with and without SOURCE give the same JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, runCase } from "./sandbox.ts";

const window = ["--from", "2026-10-13T10:31", "--to", "2026-10-13T15:12"];
const hours = ["--from", "2026-10-13T10:00", "--to", "2026-10-13T15:00"];

const questions: string[][] = [
	["analyze"],
	["analyze", ...hours],
	["attribute", "--by", "iam-user", ...window],
	["attribute", "--by", "hour,client", ...window],
	["attribute", "--by", "key,status", ...hours],
	["attribute", "--by", "chart", "--where", "software~ChartMuseum"],
];

/** What is read differs, not what is known. */
function answer(args: string[], before: string[][]): Record<string, unknown> {
	const subject: Case = {
		name: args.join(" "),
		args: [...args, "--json", "--clusters", "clusters.yaml"],
		before,
		files: { logs: { fixture: "logs" }, "clusters.yaml": { fixture: "clusters.yaml" } },
		expect: { exit: 0 },
	};
	let printed: Record<string, unknown> = {};
	runCase(subject, ({ exit, stdout, stderr }) => {
		assert.equal(exit, 0, stderr);
		printed = JSON.parse(stdout) as Record<string, unknown>;
	});
	delete printed["input"];
	return printed;
}

for (const [command = "", ...args] of questions) {
	test(`${[command, ...args].join(" ")}: with and without SOURCE`, () => {
		const fromLogs = answer([command, "logs", ...args, ...(command === "analyze" ? ["--no-save"] : [])], []);
		const fromDataset = answer([command, ...args], [["analyze", "logs"]]);
		assert.deepEqual(fromDataset, fromLogs);
	});
}

test("a dataset of a window knows its window", () => {
	const fromLogs = answer(["analyze", "logs", ...hours, "--no-save"], []);
	const fromDataset = answer(["analyze"], [["analyze", "logs", ...hours]]);
	assert.deepEqual(fromDataset, fromLogs);
});
