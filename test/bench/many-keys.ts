/**
 * What distinct keys cost in memory: `node --import tsx test/bench/many-keys.ts [--dry]`.
 * In: logs of 2.0 and 2.4 million lines, each key twice with a listing before, with a million keys (the most that are kept apart, but for
 * 48,576) and with 1.2 million. Out: seconds and peak memory, with and without saving, on stdout and in
 * test/bench/MANY-KEYS.md.
 */
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	renameSync,
	rmSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Draft, renderLine } from "../support/log-line.ts";
import { Random } from "../support/random.ts";
import { type Asker, type BucketIdentity, requestDraft } from "../support/request-draft.ts";
import { benchDir } from "./logs.ts";
import { measure } from "./measure.ts";
import { machineList } from "./table.ts";

const { values } = parseArgs({ options: { dry: { type: "boolean", default: false } } });
const runJs = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const linesPerSecond = 700;
const chunkLines = 10_000;

const bucket: BucketIdentity = {
	owner: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
	name: "acme-charts",
	host: "s3.us-east-1.amazonaws.com",
};
const museum: Asker = {
	remoteIp: "198.51.100.155",
	requester: "arn:aws:iam::111122223333:user/chartmuseum",
	userAgent: "aws-sdk-go/1.37.28 (go1.20.12; linux; amd64)",
	sourceRegion: "us-east-1",
};
const startSeconds = Date.UTC(2026, 9, 12) / 1000;

/** Written under another name first: a log that is there is whole. */
function writeLog(keys: number): string {
	const path = `${benchDir}keys-${keys}.log`;
	if (existsSync(path)) return path;
	mkdirSync(benchDir, { recursive: true });
	const random = new Random(1);
	const file = openSync(`${path}.part`, "w");
	const write = (request: Draft, line: number, bytesSent: number): void => {
		const timeSeconds = startSeconds + Math.floor(line / linesPerSecond);
		chunk += `${renderLine({ ...request, timeSeconds, bytesSent })}\n`;
	};
	let chunk = "";
	for (let line = 0; line < 2 * keys; line++) {
		const number = line % keys;
		const key = `charts/team-${number % 977}/service-${number}/chart-${number}-1.0.${number % 50}.tgz`;
		write(requestDraft(random, bucket, museum, "REST.GET.OBJECT", key), line, 4096);
		if (line % keys === 0)
			write(requestDraft(random, bucket, museum, "REST.GET.BUCKET", "-", "?prefix="), line, 330 * keys);
		if (line % chunkLines === chunkLines - 1) {
			writeSync(file, chunk);
			chunk = "";
		}
	}
	writeSync(file, chunk);
	closeSync(file);
	renameSync(`${path}.part`, path);
	return path;
}

const rows: string[] = [];
for (const keys of [1_000_000, 1_200_000]) {
	const log = writeLog(keys);
	for (const [name, flags] of Object.entries({ "without saving": ["--no-save"], saving: [] })) {
		const dataset = `${benchDir}keys-dataset`;
		rmSync(dataset, { recursive: true, force: true });
		const command = [process.execPath, runJs, "analyze", log, "--json", "--dataset", dataset, ...flags];
		const { seconds, peakRssBytes, exitCode, stderr } = await measure([...command, "--region", "us-east-1"]);
		if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
		const peak = peakRssBytes === undefined ? "unknown" : (peakRssBytes / 1e6).toFixed(0);
		rows.push(`| ${keys.toLocaleString("en-US")} | ${name} | ${seconds.toFixed(2)} | ${peak} |`);
		console.error(rows.at(-1));
		rmSync(dataset, { recursive: true, force: true });
	}
}
const report = `# Benchmark: many distinct keys

Written by \`node --import tsx test/bench/many-keys.ts\`. ${new Date().toISOString().slice(0, 10)}.

${machineList()}

\`analyze LOG --json\`, one ChartMuseum that lists the bucket and downloads each of so many keys of some
60 bytes, twice. Up to 1,048,576 keys
are kept apart; what lies beyond is pooled and reported. The aim is 400 MB.

| distinct keys | | seconds | peak memory, MB (10^6) |
|---:|---|---:|---:|
${rows.join("\n")}
`;
process.stdout.write(report);
if (!values.dry) writeFileSync(new URL("MANY-KEYS.md", import.meta.url), report);
