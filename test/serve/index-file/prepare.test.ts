/** Stored indexes and what becomes of them: every pair in fixtures/index, and what no file can show. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { prepareIndex } from "../../../src/serve/index-file/prepare.ts";
import { IndexError } from "../../../src/serve/index-file/prepared.ts";

const folder = new URL("../../../fixtures/index/", import.meta.url);
const options = { ownHosts: ["charts.old.example.com:8443"], rewriteAll: false, maxBytes: 1 << 20 };

interface Expected {
	/** Old and new text, in the order of the file; everything else must stay. */
	replaced: [string, string][];
	digests: Record<string, string>;
	versions: Record<string, string[]>;
	/** Patterns, one for each note in any order. */
	notes?: string[];
	/** Pattern of the refusal. */
	error?: string;
}

const names = readdirSync(folder);
for (const name of names.filter((name) => !name.endsWith(".expected.json"))) {
	test(`index ${name}`, () => {
		const stored = readFileSync(new URL(name, folder));
		const expected = JSON.parse(
			readFileSync(new URL(name.replace(/\.\w+$/, ".expected.json"), folder), "utf8"),
		) as Expected;
		if (expected.error !== undefined) {
			assert.throws(() => prepareIndex(stored, options), {
				name: "IndexError",
				message: new RegExp(expected.error),
			});
			return;
		}
		const prepared = prepareIndex(stored, options);
		assert.equal(prepared.body.toString(), replaced(stored.toString(), expected.replaced));
		assert.deepEqual(Object.fromEntries(prepared.digests), expected.digests);
		assert.deepEqual(versionsIn(prepared.entriesJson.json), expected.versions);
		assert.equal(prepared.chartCount, Object.keys(expected.versions).length);
		assert.equal(prepared.versionCount, Object.values(expected.versions).flat().length);
		for (const pattern of expected.notes ?? [])
			assert.ok(
				prepared.notes.some((note) => new RegExp(pattern).test(note)),
				`${pattern} in ${prepared.notes.join("\n")}`,
			);
		assert.equal(prepared.notes.length, expected.notes?.length ?? 0, prepared.notes.join("\n"));
		for (const note of prepared.notes) assert.match(note, /^[\x20-\x7e…×]+$/);
	});
}

function replaced(text: string, pairs: [string, string][]): string {
	let done = "";
	let rest = text;
	for (const [old, fresh] of pairs) {
		const at = rest.indexOf(old);
		assert.ok(at >= 0, `${old} is not in the fixture`);
		done += rest.slice(0, at) + fresh;
		rest = rest.slice(at + old.length);
	}
	return done + rest;
}

function versionsIn(json: Buffer): Record<string, string[]> {
	const entries = JSON.parse(json.toString()) as Record<string, { version: string }[]>;
	return Object.fromEntries(
		Object.entries(entries).map(([name, list]) => [name, list.map((e) => e.version)]),
	);
}

test("there are pairs to look at", () => {
	assert.ok(names.length > 50, `${names.length}`);
	assert.equal(names.length % 2, 0);
});

const small = Buffer.from(
	"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [s3://b/a.tgz]}\n",
);

test("the body stays the stored bytes where nothing is rewritten", () => {
	const stored = Buffer.from("apiVersion: v1\nentries: {}\n");
	assert.equal(prepareIndex(stored, options).body, stored);
});

test("the ETag is that of the body, the source hash that of the stored bytes", () => {
	const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
	const prepared = prepareIndex(small, options);
	assert.equal(prepared.etag, `"${sha256(prepared.body).slice(0, 32)}"`);
	assert.equal(prepared.sourceSha256, sha256(small));
});

test("an index that was stored as gzip is unpacked, whatever its name", () => {
	const prepared = prepareIndex(gzipSync(small), options);
	assert.equal(prepared.body.toString(), small.toString().replace("s3://b/", "charts/"));
	assert.match(prepared.notes.join(), /stored as gzip/);
});

test("S-45: a gzip bomb is refused before it is unpacked", () => {
	const bomb = gzipSync(Buffer.alloc(64 << 20, " "));
	assert.ok(bomb.length < options.maxBytes);
	assert.throws(() => prepareIndex(bomb, options), { name: "IndexError", message: /unpacks to more than/ });
});

test("damaged gzip is refused", () => {
	assert.throws(() => prepareIndex(gzipSync(small).subarray(0, 40), options), IndexError);
});

test("S-45: an index above the limit is passed on as stored and nothing is claimed of it", () => {
	const prepared = prepareIndex(small, { ...options, maxBytes: small.length - 1 });
	assert.equal(prepared.body, small);
	assert.equal(prepared.passedOn, true);
	assert.equal(prepared.digests.size + prepared.fileNames.size + prepared.versionCount, 0);
	assert.match(prepared.notes.join(), /passed on/);
	assert.equal(prepareIndex(small, { ...options, maxBytes: small.length }).passedOn, false);
});

test("deep nesting is refused, not a crash", () => {
	const deep = (open: string, close: string) =>
		Buffer.from(`{"apiVersion":"v1","entries":${open.repeat(200_000)}${close.repeat(200_000)}}`);
	for (const bytes of [deep("[", "]"), deep('{"a":', "}"), deep("[", "")])
		assert.throws(() => prepareIndex(bytes, { ...options, maxBytes: 1 << 24 }), IndexError);
});

test("a byte order mark stays and moves nothing", () => {
	const prepared = prepareIndex(Buffer.concat([Buffer.from("\ufeff"), small]), options);
	assert.equal(prepared.body.toString(), `\ufeff${small.toString().replace("s3://b/", "charts/")}`);
});

test("S-47: keys such as __proto__ are keys like others, in names and in annotations", () => {
	const stored = readFileSync(new URL("hostile.yaml", folder));
	const json = prepareIndex(stored, options).entriesJson.json.toString();
	assert.match(json, /"annotations":\{"__proto__":"polluted","constructor":"polluted"\}/);
	assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test("a message never carries control characters of the index", () => {
	const stored = Buffer.from('apiVersion: v1\nentries: {"\\e]0;x\\a\\u202E": 1}\n');
	assert.throws(
		() => prepareIndex(stored, options),
		(error: Error) => /^[\x20-\x7e]+$/.test(error.message) && error.message.includes("\\u001b]0;x\\u0007"),
	);
});

test("without the API the entries are not kept", () => {
	const prepared = prepareIndex(small, { ...options, entries: false });
	assert.equal(prepared.entriesJson.json.toString(), "{}");
	assert.equal(prepared.versionCount, 1);
});
