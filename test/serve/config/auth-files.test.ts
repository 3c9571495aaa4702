/** S-41: passwords and tokens from files, compared by hash, read again when they change, never repeated. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import type { ChartcostError } from "../../../src/model/errors.ts";
import { adminTokenSha256, openAuthFiles } from "../../../src/serve/config/auth-files.ts";
import { basicTable, bearerTable } from "../../../src/serve/config/credential-lines.ts";
import { HandClock } from "../../support/s3/hand-clock.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-auth-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const basicFile = path.join(folder, "users");
const bearerFile = path.join(folder, "tokens");

const salt = Buffer.alloc(32, 7);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
const token = "0123456789abcdef+/~.-_==";

async function opened(users: string | undefined, tokens: string | undefined) {
	if (users !== undefined) writeFileSync(basicFile, users, { mode: 0o600 });
	if (tokens !== undefined) writeFileSync(bearerFile, tokens, { mode: 0o600 });
	const clock = new HandClock();
	const said: string[] = [];
	const files = await openAuthFiles(
		{
			basicFile: users === undefined ? undefined : basicFile,
			bearerFile: tokens === undefined ? undefined : bearerFile,
			realm: "charts",
		},
		clock,
		(level, message) => said.push(`${level}: ${message}`),
	);
	return { files, clock, said };
}

describe("who may read", () => {
	const users = `# people\r\nalice:pass:word\r\n\r\nbob:{SHA256}${sha256("böb").toUpperCase()}\nzoë:x\n`;
	const cases: [header: string | undefined, allowed: boolean][] = [
		[basic("alice:pass:word"), true],
		[basic("bob:böb"), true],
		[basic("zoë:x"), true],
		[basic("alice:pass:word").replace("Basic", "bASIC"), true],
		[`Bearer ${token}`, true],
		[undefined, false],
		["", false],
		["Basic", false],
		["Basic !!!", false],
		[basic("alice:"), false],
		[basic("alice"), false],
		[basic("alice:pass"), false],
		[basic("bob:pass:word"), false],
		[basic(`bob:{SHA256}${sha256("böb")}`), false],
		[basic(`bob:${sha256("böb")}`), false],
		[basic("nobody:pass:word"), false],
		[basic(":"), false],
		[basic("# people"), false],
		[basic("__proto__:x"), false],
		[`Bearer ${token}x`, false],
		[`Bearer ${token.slice(1)}`, false],
		["Bearer ", false],
		[`Basic ${token}`, false],
		[`Bearer ${Buffer.from("alice:pass:word").toString("base64")}`, false],
		[`Digest ${token}`, false],
	];
	for (const [header, allowed] of cases) {
		test(`${header} ${allowed ? "may" : "may not"}`, async () => {
			const { files } = await opened(users, `# ci\n${token}\n`);
			assert.equal(files.authorize(header), allowed);
			files.close();
		});
	}
});

test("only what is configured is asked for and taken", async () => {
	const both = await opened("a:b\n", token);
	assert.deepEqual(both.files.challenge, ['Basic realm="charts", charset="UTF-8"', 'Bearer realm="charts"']);
	const users = await opened("a:b\n", undefined);
	assert.deepEqual(users.files.challenge, ['Basic realm="charts", charset="UTF-8"']);
	assert.equal(users.files.authorize(`Bearer ${token}`), false);
	const tokens = await opened(undefined, token);
	assert.equal(tokens.files.authorize(basic("a:b")), false);
	for (const { files } of [both, users, tokens]) files.close();
});

test("a changed file is read again; one that has become wrong or is gone changes nothing and is said once", async () => {
	const { files, clock, said } = await opened("alice:one\n", undefined);
	const looked = async (condition: () => boolean) => {
		const endMs = performance.now() + 5000;
		while (!condition()) {
			assert.ok(performance.now() < endMs, `not in time; said: ${said.join("; ")}`);
			await clock.advance(5000);
			await new Promise(setImmediate);
		}
	};
	writeFileSync(basicFile, "alice:twotwo\n");
	await looked(() => files.authorize(basic("alice:twotwo")));
	assert.equal(files.authorize(basic("alice:one")), false);
	assert.deepEqual(said, ["info: passwords and tokens were read again"]);

	writeFileSync(basicFile, "alice:three\nbob\n");
	await looked(() => said.length === 2);
	assert.equal(
		said[1],
		`error: ${basicFile}:2: expected user:password or user:{SHA256}hex; what was read before stays in force`,
	);
	assert.equal(files.authorize(basic("alice:twotwo")), true);

	rmSync(basicFile);
	await looked(() => said.length === 3);
	assert.match(said[2] ?? "", /cannot be read \(ENOENT\); what was read before stays in force/);
	for (let i = 0; i < 20; i++) {
		await clock.advance(5000);
		await new Promise(setImmediate);
	}
	assert.equal(said.length, 3, "not again at each look");
	await assert.rejects(files.reload(), /cannot be read/);
	assert.equal(files.authorize(basic("alice:twotwo")), true);

	writeFileSync(basicFile, "carol:four\n");
	await files.reload();
	assert.equal(files.authorize(basic("carol:four")), true);
	assert.equal(files.authorize(basic("alice:twotwo")), false);
	files.close();
});

const secret = "hunter2hunter2hunter2";
const wrong: [read: () => unknown, message: string][] = [
	[() => basicTable(`a:b\n${secret}`, "u", salt), "u:2: expected user:password or user:{SHA256}hex"],
	[() => basicTable(`:${secret}`, "u", salt), "u:1: expected user:password or user:{SHA256}hex"],
	[() => basicTable("a:", "u", salt), "u:1: no password"],
	[() => basicTable(`a:b\n#\n\na:${secret}`, "u", salt), "u:4: the user of an earlier line again"],
	[() => basicTable(`a:{SHA256}${secret}`, "u", salt), "u:1: {SHA256} must be followed by 64 hex digits"],
	[() => basicTable(`a:$2y$05$${secret}`, "u", salt), "u:1: passwords hashed with $2y$ cannot be checked"],
	[() => basicTable(`a:$apr1$${secret}`, "u", salt), "u:1: passwords hashed with $apr1$ cannot be checked"],
	[() => basicTable(`a:{SHA}${secret}`, "u", salt), "u:1: passwords hashed with SHA cannot be checked"],
	[() => basicTable(`a:${secret}\0`, "u", salt), "u:1: a control character, or bytes that are not UTF-8"],
	[() => basicTable("# none\n", "u", salt), "u: no users, so that nobody could log in"],
	[() => basicTable("\n".repeat(10_001), "u", salt), "u: more than 10000 lines"],
	[
		() => bearerTable(`${secret} ${secret}`, "t", salt),
		"t:1: characters that a bearer token cannot have (RFC 6750)",
	],
	[() => bearerTable(`${secret}\nshort`, "t", salt), "t:2: a token of fewer than 16 characters"],
	[() => bearerTable("", "t", salt), "t: no tokens, so that nobody could log in"],
];

describe("wrong lines are named by number, never by content", () => {
	for (const [read, message] of wrong) {
		test(message, () =>
			assert.throws(read, (error: ChartcostError) => {
				assert.equal(error.message, message);
				assert.equal(error.exitCode, 2);
				assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack}`, /hunter2|short\b/);
				return true;
			}),
		);
	}
});

test("what is kept is no password and no token", () => {
	const tables = [basicTable(`a:${secret}`, "u", salt), bearerTable(secret, "t", salt)];
	const kept = tables
		.flatMap((table) =>
			[...table].flatMap(([key, value]) => [key, value.toString("hex"), value.toString("latin1")]),
		)
		.join();
	assert.doesNotMatch(kept, /hunter2/);
	assert.ok(!kept.includes(sha256(secret)), "a bare hash could be looked up");
});

test("the admin token", async () => {
	writeFileSync(bearerFile, `# for purging\n${token}\n`);
	assert.equal(await adminTokenSha256(bearerFile), sha256(token));
	writeFileSync(bearerFile, `${token}\nx${token}\n`);
	await assert.rejects(adminTokenSha256(bearerFile), {
		message: `${bearerFile}: expected one token, found 2`,
	});
	await assert.rejects(adminTokenSha256(path.join(folder, "none")), { exitCode: 2 });
});

test("files that everybody can read are noted", { skip: process.platform === "win32" }, async () => {
	writeFileSync(path.join(folder, "open"), "a:b\n", { mode: 0o644 });
	const clock = new HandClock();
	const auth = { basicFile: path.join(folder, "open"), bearerFile: undefined, realm: "charts" };
	const files = await openAuthFiles(auth, clock, () => {});
	assert.match(files.notes.join(), /can be read by every user of this machine/);
	files.close();
});
