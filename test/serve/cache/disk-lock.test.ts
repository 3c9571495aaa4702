/** The lock of a cache folder among candidates that start together; whole processes are in disk-folder.test.ts. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { lockFolder } from "../../../src/serve/cache/disk-lock.ts";
import { temporaryFolder } from "./disk-fixture.ts";

/** Another candidate, as far as it ever gets. */
async function rival(t: TestContext, folder: string, name: string): Promise<() => Promise<void>> {
	const server = net.createServer((socket) => socket.end("rival"));
	await new Promise<void>((resolve) => server.listen(path.join(folder, `${name}.sock`), resolve));
	const end = () => new Promise<void>((resolve) => server.close(() => resolve()));
	t.after(end);
	return end;
}

function lockOf(t: TestContext): string {
	const folder = temporaryFolder(t);
	mkdirSync(folder);
	return folder;
}

const never = () => Promise.reject(new Error("nothing to wait for"));

test("R-21: of two rivals the one with the lower name goes first: the other gives up at once", async (t) => {
	const folder = lockOf(t);
	await rival(t, folder, "a");
	assert.equal(await lockFolder({ folder, name: "b", sleep: never }), undefined);
	assert.deepEqual(readdirSync(folder), ["a.sock"]);
});

test("R-21: the lower one waits until the other has given up", async (t) => {
	const folder = lockOf(t);
	const end = await rival(t, folder, "c");
	let waits = 0;
	const sleep = async () => {
		if (++waits === 3) await end();
	};
	const lock = await lockFolder({ folder, name: "b", sleep });
	assert.ok(lock);
	assert.equal(waits, 3);
	await lock.release();
	assert.deepEqual(readdirSync(folder), []);
});

test("R-21: a rival that never ends is waited for two seconds, not for ever", async (t) => {
	const folder = lockOf(t);
	await rival(t, folder, "c");
	let waitedMs = 0;
	const sleep = async (durationMs: number) => {
		waitedMs += durationMs;
	};
	assert.equal(await lockFolder({ folder, name: "b", sleep }), undefined);
	assert.equal(waitedMs, 2000);
});

test("R-21: what killed candidates left is cleaned up, dead sockets too", async (t) => {
	const folder = lockOf(t);
	for (const name of ["x.new", "dead.sock"]) writeFileSync(path.join(folder, name), "");
	const lock = await lockFolder({ folder, name: "b", sleep: never });
	assert.deepEqual(readdirSync(folder), ["b.sock"]);
	assert.equal(await lockFolder({ folder, name: "a", sleep: never }), undefined, "held, whatever the name");
	await lock?.release();
	assert.equal(existsSync(path.join(folder, "b.sock")), false);
});
