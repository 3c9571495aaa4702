/**
 * does the test suite have teeth? Breaks the server in a copy of the repository, one place at a time, and runs the tests that should
 * notice. Not part of `npm test`: it takes some minutes.
 *
 *   node --import tsx test/serve/mutations.ts [NAME…]        all, or those named; exit 1 when a break went unnoticed
 *
 * In: the list below. Out: a table: what was broken, which tests failed.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

interface Mutation {
	name: string;
	file: string;
	from: string;
	to: string;
	/** That should notice. */
	tests: readonly string[];
}

const flights = "test/serve/cache/flights.test.ts";
const crowds = "test/serve/reliability/crowds.test.ts";
const bodies = "test/serve/reliability/bodies.test.ts";
const freshness = "test/serve/reliability/freshness.test.ts";
const outage = "test/serve/reliability/outage.test.ts";

const mutations: readonly Mutation[] = [
	{
		name: "coalescing",
		file: "src/serve/cache/cache.ts",
		from: "const joined = this.#flights.get(ask.idText);",
		to: "const joined = this.#flights.get('none');",
		tests: ["test/serve/fills.test.ts", crowds],
	},
	{
		name: "size check",
		file: "src/serve/cache/fill.ts",
		from: "if (body.receivedBytes !== this.head.sizeBytes) {",
		to: "if (body.receivedBytes === -1) {",
		tests: [flights],
	},
	{
		name: "length check of the origin",
		file: "src/serve/origin/body.ts",
		from: "if (expectedBytes !== undefined && bytes !== expectedBytes)",
		to: "if (expectedBytes === -1)",
		tests: ["test/serve/origin/answer.test.ts"],
	},
	{
		name: "checksum",
		file: "src/serve/cache/fill.ts",
		from: "if (check !== undefined && !check.matches()) {",
		to: "if (check !== undefined && !check) {",
		tests: [bodies],
	},
	{
		name: "last byte held back",
		file: "src/serve/cache/fill.ts",
		from: "Math.min(receivedBytes, this.head.sizeBytes - 1)",
		to: "receivedBytes",
		tests: [bodies],
	},
	{
		name: "digest of the index",
		file: "src/serve/cache/keep.ts",
		from: "flight.purged || !asTheIndexSays(fill.head, ask, tiers.observer)",
		to: "flight.purged",
		tests: [bodies, freshness],
	},
	{
		name: "purge during a download",
		file: "src/serve/cache/keep.ts",
		from: "flight.purged || !asTheIndexSays",
		to: "!asTheIndexSays",
		tests: [crowds],
	},
	{
		name: "rename",
		file: "src/serve/cache/disk-writer.ts",
		from: "unlessMissing(files.rename(from, to).then(() => true))",
		to: "unlessMissing(Promise.resolve(true))",
		tests: ["test/serve/cache/disk-store.test.ts"],
	},
	{
		name: "key compare on disk",
		file: "src/serve/cache/disk-object.ts",
		from: "return fileName(stored.head) === name ? stored : undefined;",
		to: "return stored;",
		tests: ["test/serve/cache/disk-folder.test.ts"],
	},
	{
		name: "hash of the body after a start",
		file: "src/serve/cache/disk-object.ts",
		from: 'return hash.digest("hex") === head.sha256;',
		to: "return true;",
		tests: ["test/serve/cache/disk-folder.test.ts"],
	},
	{
		name: "query strip",
		file: "src/serve/listener/target.ts",
		from: "const encoded = query === -1 ? raw : raw.slice(0, query);",
		to: "const encoded = raw;",
		tests: ["test/serve/security/poisoning.test.ts", "test/serve/security/paths.test.ts"],
	},
	{
		name: "If-Match on resuming",
		file: "src/serve/cache/fill.ts",
		from: "range, ifMatch: etag, signal",
		to: "range, signal",
		tests: [bodies],
	},
	{
		name: "freshness after a failure",
		file: "src/serve/cache/freshness.ts",
		from: "ageMs < ttlMs + rule.staleIfErrorMs",
		to: "ageMs >= 0",
		tests: [outage],
	},
	{
		name: "clock set back",
		file: "src/serve/cache/freshness.ts",
		from: "if (head.validatedAtMs - nowMs > maxFutureMs)",
		to: "if (head.validatedAtMs - nowMs > Number.MAX_VALUE)",
		tests: [freshness],
	},
	{
		name: "ETag of a 304",
		file: "src/serve/cache/upkeep.ts",
		from: 'if (answer.etag !== "" && !isSameTag(answer.etag, head.etag)) return undefined;',
		to: "",
		tests: [freshness],
	},
	{
		name: "known 404s end with a new index",
		file: "src/serve/server.ts",
		from: "this.negatives.removeWhere((id) => id.startsWith(changed.idPrefix));",
		to: "",
		tests: [freshness],
	},
	{
		name: "breaker",
		file: "src/serve/origin/breaker.ts",
		from: "if (probing || clock.monotonicMs() < nextProbeAtMs)",
		to: "if (probing && clock.monotonicMs() < nextProbeAtMs)",
		tests: [outage],
	},
];

const root = fileURLToPath(new URL("../..", import.meta.url));

function copyOfRepository(): string {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-mutations-"));
	for (const name of ["src", "test", "scripts", "package.json", "tsconfig.json"]) {
		cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
	}
	symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
	return folder;
}

/** Names of the tests that failed; a file that does not load counts as one. */
function failuresIn(folder: string, tests: readonly string[]): string[] {
	return tests.flatMap((file) => {
		const { stdout, status } = spawnSync(
			process.execPath,
			["--import", "tsx", "--import", "./scripts/properties.js", "--test", "--test-reporter", "tap", file],
			{ cwd: folder, encoding: "utf8", timeout: 120_000, maxBuffer: 64 << 20 },
		);
		const failed = [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => name!);
		if (failed.length === 0 && status !== 0) return [`${file} did not end well`];
		return failed;
	});
}

function broken(folder: string, { name, file, from, to }: Mutation): () => void {
	const target = path.join(folder, file);
	const text = readFileSync(target, "utf8");
	if (text.split(from).length !== 2) throw new Error(`${name}: "${from}" stands not exactly once in ${file}`);
	writeFileSync(
		target,
		text.replace(from, () => to),
	);
	return () => writeFileSync(target, text);
}

const wanted = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const folder = copyOfRepository();
let unnoticed = 0;
try {
	for (const mutation of chosen) {
		const restore = broken(folder, mutation);
		const failed = failuresIn(folder, mutation.tests);
		restore();
		if (failed.length === 0) unnoticed++;
		const verdict = failed.length === 0 ? "UNNOTICED" : `noticed by ${failed.length}`;
		process.stdout.write(`${mutation.name.padEnd(34)} ${verdict}\n`);
		for (const name of failed.slice(0, 4)) process.stdout.write(`    ${name}\n`);
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length} breaks, ${unnoticed} unnoticed\n`);
process.exitCode = unnoticed === 0 ? 0 : 1;
