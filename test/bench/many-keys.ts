/**
 * What distinct keys cost in memory: `node --import tsx test/bench/many-keys.ts [--dry]`.
 * In: logs of 2.0 and 2.4 million lines, each key twice, with a million keys (the most that are kept apart, but for
 * 48,576) and with 1.2 million. Out: seconds and peak memory, with and without saving, on stdout and in
 * test/bench/MANY-KEYS.md.
 */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchDir } from "./logs.ts";
import { measure } from "./measure.ts";
import { machineList } from "./table.ts";

const { values } = parseArgs({ options: { dry: { type: "boolean", default: false } } });
const runJs = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const linesPerSecond = 700;
const chunkLines = 10_000;

function writeLog(keys: number): string {
	const path = `${benchDir}keys-${keys}.log`;
	if (existsSync(path)) return path;
	mkdirSync(benchDir, { recursive: true });
	const file = openSync(path, "w");
	let chunk = "";
	for (let line = 0; line < 2 * keys; line++) {
		const number = line % keys;
		chunk += lineOf(
			`charts/team-${number % 977}/service-${number}/chart-${number}-1.0.${number % 50}.tgz`,
			line,
		);
		if (line % chunkLines === chunkLines - 1) {
			writeSync(file, chunk);
			chunk = "";
		}
	}
	writeSync(file, chunk);
	closeSync(file);
	return path;
}

function lineOf(key: string, line: number): string {
	const time = new Date(Date.UTC(2026, 9, 12) + Math.floor(line / linesPerSecond) * 1000);
	const clock = time.toISOString().slice(11, 19);
	return `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be acme-charts [${time.getUTCDate()}/Oct/2026:${clock} +0000] 198.51.100.155 arn:aws:iam::111122223333:user/chartmuseum ${line.toString(16).padStart(16, "0").toUpperCase()} REST.GET.OBJECT ${key} "GET /${key} HTTP/1.1" 200 - 4096 4096 12 10 "-" "aws-sdk-go/1.37.28 (go1.20.12; linux; amd64)" - KPQgHV6cfi+QXmwblBlEAGm397SCNKeGSwNBtOL0y2ONJFvBNErLJ3KKkgExXstW3lk9tOW4yrN= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader s3.us-east-1.amazonaws.com TLSv1.2 - - us-east-1\n`;
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

\`analyze LOG --json\`, one ChartMuseum that downloads each of so many keys of some 60 bytes twice. Up to 1,048,576 keys
are kept apart; what lies beyond is pooled and reported. The bound is 400 MB.

| distinct keys | | seconds | peak memory, MB (10^6) |
|---:|---|---:|---:|
${rows.join("\n")}
`;
process.stdout.write(report);
if (!values.dry) writeFileSync(new URL("MANY-KEYS.md", import.meta.url), report);
