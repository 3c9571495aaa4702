/**
 * The shape of the code as a test: who may import whom, one door per npm package, names, sizes, file headers,
 * and no clock, console or environment below the commands. See src/README.md for the map these rules protect.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src", import.meta.url));
const maxLines = 300;
const maxHeaderLines = 8;

/** Siblings on the way of the data. They know the nouns in model/ and nothing of each other. */
const stages = new Set(
	"sources scan rollup clients network price findings explain simulate report charts serve".split(" "),
);

/** Which files may import an npm package: beginnings of paths below src/. */
const doors: Record<string, string[]> = {
	"@duckdb/node-api": ["rollup/query.ts"],
	"@aws-sdk/credential-provider-node": ["aws/"],
	"@oclif/core": ["commands/", "commands.ts", "run.ts"],
	"cli-table3": ["report/table.ts"],
	"csv-parse": ["network/"],
	fzstd: ["scan/"],
	hyparquet: ["rollup/parquet"],
	"hyparquet-writer": ["rollup/parquet"],
	"ipaddr.js": ["network/"],
	"js-yaml": ["network/", "price/", "commands/", "serve/config/", "serve/index-file/"],
	"lru-cache": ["serve/cache/"],
	picocolors: ["report/style.ts"],
	semver: ["serve/index-file/"],
	tinyglobby: ["sources/"],
	undici: ["network/", "price/", "serve/origin/"],
};

/** Code that touches the world outside the values it is given. */
const worldly: Record<string, RegExp> = {
	environment: /\bprocess\.env\b/,
	clock: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/,
	console: /\bconsole\.|\bprocess\.(stdout|stderr)\b/,
	chance: /\bMath\.random\(/,
};
const worldlyFiles = ["commands/", "run.ts"];
/** Progress carries the time that a scan took so far. */
const clockFiles = ["scan/scan.ts", "scan/worker.ts"];

interface SourceFile {
	/** Below src/, with forward slashes. */
	name: string;
	text: string;
	/** Without comments. */
	code: string;
	imports: string[];
}

const files: SourceFile[] = readdirSync(source, { recursive: true, encoding: "utf8" })
	.map((name) => name.replaceAll("\\", "/"))
	// AssemblyScript has rules of its own; wasm.ts is generated.
	.filter((name) => name.endsWith(".ts") && !/^\w+\/kernel\/(assembly\/|wasm\.ts)/.test(name))
	.sort()
	.map(readSource);

function readSource(name: string): SourceFile {
	const text = readFileSync(path.join(source, name), "utf8");
	const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
	const imports = [...code.matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*"([^"\n,]+)"/g)].map(
		(match) => match[1] ?? "",
	);
	return { name, text, code, imports };
}

const folderOf = (name: string) => (name.includes("/") ? name.slice(0, name.indexOf("/")) : "");
const startsWithOneOf = (name: string, beginnings: readonly string[]) =>
	beginnings.some((beginning) => name.startsWith(beginning));

/** What is wrong with an import of `target` (below src/) in `name`, or `undefined`. */
function wrongImport(name: string, target: string): string | undefined {
	const [from, to] = [folderOf(name), folderOf(target)];
	if (from === to && from !== "") return undefined;
	if (from === "model") return "model imports nothing";
	if (to === "model") return undefined;
	if (stages.has(from)) return `${from} and ${to || "stories"} are strangers`;
	if (from === "commands")
		return to === "" || to === "report" ? undefined : "commands call stories, not stages";
	if (name === "run.ts" || name === "commands.ts")
		return to === "commands" ? undefined : "belongs in commands/";
	return to === "commands" ? "stories do not know the command line" : undefined;
}

function check(title: string, wrongIn: (file: SourceFile) => string[]): void {
	test(title, () => {
		const wrong = files.flatMap((file) => wrongIn(file).map((what) => `src/${file.name}: ${what}`));
		assert.deepEqual(wrong, []);
	});
}

test("there is code to look at, and its imports are seen", () => {
	assert.ok(files.length > 40);
	const formats = files.find(({ name }) => name === "report/formats.ts");
	assert.ok(formats?.imports.includes("./terminal.ts"), "dynamic imports");
	assert.ok(formats?.imports.includes("../model/limits.ts"), "static imports");
	assert.ok(wrongImport("scan/pool.ts", "price/money.ts"));
	assert.ok(wrongImport("model/keys.ts", "scan/pool.ts"));
	assert.equal(wrongImport("analyze.ts", "scan/pool.ts"), undefined);
});

check("stages import model and themselves only", ({ name, imports }) =>
	imports
		.filter((target) => target.startsWith("."))
		.flatMap((target) => {
			const file = path.posix.normalize(path.posix.join(path.posix.dirname(name), target));
			const wrong = wrongImport(name, file);
			return wrong === undefined ? [] : [`imports ${file}: ${wrong}`];
		}),
);

check("every npm package has one door", ({ name, imports }) =>
	imports
		.filter((target) => !target.startsWith(".") && !target.startsWith("node:"))
		.flatMap((target) => {
			const packageName = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
			const allowed = doors[packageName];
			if (allowed === undefined)
				return [`imports ${packageName}: no door is named for it in test/tidy.test.ts`];
			return startsWithOneOf(name, allowed)
				? []
				: [`imports ${packageName}: its door is ${allowed.join(", ")}`];
		}),
);

check("names say what a file does", ({ name }) =>
	/(^|[/-])(utils?|helpers?|common|managers?|services?|misc)([/.-]|$)/.test(name)
		? ["a name that says nothing"]
		: [],
);

check(`files stay below ${maxLines} lines`, ({ text }) => {
	const lines = text.trimEnd().split("\n").length;
	return lines > maxLines ? [`${lines} lines`] : [];
});

check("every file opens with what it is", ({ text }) => {
	const header = /^\/\*\*?[\s\S]*?\*\/|^(?:\/\/.*\n)+/.exec(text)?.[0];
	if (header === undefined) return ["no comment at its beginning"];
	const prose = header.split("\n").filter((line) => /[a-z]/i.test(line)).length;
	return prose > maxHeaderLines ? [`a header of ${prose} lines`] : [];
});

check("environment, clock, console and chance stay in the commands", ({ name, code }) => {
	if (startsWithOneOf(name, worldlyFiles)) return [];
	return Object.entries(worldly)
		.filter(([what, pattern]) => pattern.test(code) && !(what === "clock" && clockFiles.includes(name)))
		.map(([what]) => `touches the ${what}`);
});
