// Runs the tests with node's own runner; its summary is the last thing printed.
//
//   npm test                      everything but the peers
//   npm test -- --peers           everything; peers are programs that must be installed (test/peers)
//   npm test -- test/price        files whose path begins with one of the arguments
//   npm run fuzz                  the property tests, CHARTCOST_FUZZ_SECONDS (10) for every property
//
// node 20 takes folders but no globs, node 22 the reverse: so the files are listed here.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const options = new Set(process.argv.slice(2).filter((argument) => argument.startsWith("--")));
const prefixes = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
for (const option of options) {
	if (!["--peers", "--fuzz"].includes(option)) fail(`unknown option ${option}; known: --peers, --fuzz`);
}

function fail(message) {
	process.stderr.write(`test: ${message}\n`);
	process.exit(2);
}

function filesBelow(folder) {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

const isPeer = (file) => file.startsWith(path.join("test", "peers"));

function testFiles() {
	const all = filesBelow("test")
		.filter((file) => file.endsWith(".test.ts"))
		.sort();
	if (options.has("--fuzz"))
		return all.filter((file) => /from "fast-check"/.test(readFileSync(file, "utf8")));
	if (prefixes.length > 0) {
		return all.filter((file) => prefixes.some((prefix) => file.startsWith(path.normalize(prefix))));
	}
	const skipped = options.has("--peers") ? [] : all.filter(isPeer);
	if (skipped.length > 0) {
		const names = skipped.map((file) => path.basename(file, ".test.ts")).join(", ");
		process.stderr.write(`test: peers not run: ${names} (npm test -- --peers)\n`);
	}
	return all.filter((file) => !skipped.includes(file));
}

/** The command-line tests run bin/run.js, so what is in dist must be what is in src. */
function buildWhenStale() {
	const builtMs = ["dist/run.js", "oclif.manifest.json"].map((file) =>
		existsSync(file) ? statSync(file).mtimeMs : 0,
	);
	const sources = [...filesBelow("src"), "scripts/build.js", "package.json"];
	const changedMs = Math.max(...sources.map((file) => statSync(file).mtimeMs));
	if (Math.min(...builtMs) > changedMs) return;
	const { status } = spawnSync(process.execPath, ["scripts/build.js"], { stdio: "inherit" });
	if (status !== 0) process.exit(1);
}

buildWhenStale();
const files = testFiles();
if (files.length === 0) fail(`no test file begins with ${prefixes.join(" or ")}`);
const { status, signal } = spawnSync(
	process.execPath,
	[
		...["--import", "tsx"],
		...["--import", "./scripts/properties.js"],
		// Half of the tests wait for servers: one file less than there are cores, as is the default, leaves a small machine idle.
		...["--test", `--test-concurrency=${Math.max(2, availableParallelism())}`],
		`--test-reporter=${process.stdout.isTTY ? "spec" : "tap"}`,
		...files,
	],
	{
		stdio: "inherit",
		env: options.has("--fuzz") ? { CHARTCOST_FUZZ_SECONDS: "10", ...process.env } : process.env,
	},
);
process.exit(signal === null ? (status ?? 1) : 1);
