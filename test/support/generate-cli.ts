/**
 * The log generator on the command line.
 * `node --import tsx test/support/generate-cli.ts --bytes 1GB --seed 1 --out FILE [--truth FILE.json]`
 * In: flags. Out: the log at FILE, and the truth about it as JSON, to a file or to stdout.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { defaultOptions, generateFile } from "./generate.ts";
import { everyQuirk } from "./quirks.ts";
import { parseSize } from "./size.ts";

const { values } = parseArgs({
	options: {
		out: { type: "string" },
		bytes: { type: "string" },
		lines: { type: "string" },
		seed: { type: "string", default: "1" },
		days: { type: "string", default: String(defaultOptions.days) },
		keys: { type: "string", default: String(defaultOptions.keys) },
		callers: { type: "string", default: String(defaultOptions.callers) },
		"user-agents": { type: "string", default: String(defaultOptions.userAgents) },
		"quirk-share": { type: "string", default: "0.00002" },
		truth: { type: "string" },
	},
});
if (values.out === undefined) throw new Error("--out FILE is missing");

const started = performance.now();
const truth = await generateFile(values.out, {
	...defaultOptions,
	size:
		values.lines === undefined
			? { bytes: parseSize(values.bytes ?? "1MB") }
			: { lines: Number(values.lines) },
	seed: Number(values.seed),
	days: Number(values.days),
	keys: Number(values.keys),
	callers: Number(values.callers),
	userAgents: Number(values["user-agents"]),
	quirks: everyQuirk(Number(values["quirk-share"])),
});
const seconds = (performance.now() - started) / 1000;
console.error(`${truth.bytes} bytes, ${truth.lines} lines, ${(truth.bytes / 1e6 / seconds).toFixed(0)} MB/s`);

const json = `${JSON.stringify(truth, null, "\t")}\n`;
if (values.truth === undefined) process.stdout.write(json);
else await writeFile(values.truth, json);
