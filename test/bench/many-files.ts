/**
 * What many small log objects cost, as S3 delivers them: `node --import tsx test/bench/many-files.ts`.
 * In: `--files 100000 --bytes 5000 --runs 3`. Out: seconds and files per second for chartcost, and for
 * cat and wc over the same tree as the least that opening and reading all of them costs.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { defaultOptions, logChunks } from "../support/generate.ts";
import { requestId } from "../support/log-line.ts";
import { Random } from "../support/random.ts";
import { Truth, type TruthJson } from "../support/truth.ts";
import { type Contestant, contestants } from "./contestants.ts";
import { benchDir } from "./logs.ts";
import { race } from "./race.ts";
import { standingsTable } from "./table.ts";

const { values } = parseArgs({
	options: {
		files: { type: "string", default: "100000" },
		bytes: { type: "string", default: "5000" },
		runs: { type: "string", default: "3" },
	},
});
const files = Number(values.files);
const bytesPerFile = Number(values.bytes);

/** Date-partitioned names below one folder per day, about so many bytes each. */
function writeTree(dir: string): TruthJson {
	const truthPath = `${dir}.truth.json`;
	if (existsSync(truthPath)) return JSON.parse(readFileSync(truthPath, "utf8")) as TruthJson;
	rmSync(dir, { recursive: true, force: true });
	const truth = new Truth();
	const random = new Random(1);
	const size = { bytes: files * bytesPerFile };
	let written = 0;
	let file = "";
	for (const chunk of logChunks({ ...defaultOptions, size, chunkBytes: bytesPerFile }, truth)) {
		const day = 12 + Math.floor((written / files) * defaultOptions.days);
		const folder = `${dir}/111122223333/us-east-1/acme-charts/2026/10/${day}`;
		written++;
		mkdirSync(folder, { recursive: true });
		// A file that begins with the quirk line of gzip's first bytes would be taken for what it looks like.
		const isPlain = chunk[0] !== 0x1f || file === "";
		if (isPlain) file = `${folder}/2026-10-${day}-00-00-00-${requestId(random)}`;
		appendFileSync(file, chunk);
	}
	writeFileSync(truthPath, JSON.stringify(truth));
	return JSON.parse(JSON.stringify(truth)) as TruthJson;
}

const readAll: Contestant = {
	name: "cat and wc -l",
	version: async () => "coreutils",
	command: (dir) => ["sh", "-c", `find '${dir}' -type f -print0 | xargs -0 cat | wc -l`],
	answer: (stdout) => ({ requests: Number(stdout.trim()), bytesSent: undefined }),
};

const dir = `${benchDir}many-${files}x${bytesPerFile}`;
mkdirSync(benchDir, { recursive: true });
const truth = writeTree(dir);
const standings = await race(
	[...contestants.filter(({ name }) => name.startsWith("chartcost")), readAll],
	{ path: dir, truth },
	Number(values.runs),
	(text) => console.error(text),
);
console.log(standingsTable(standings, truth.bytes));
