/** A process that uses a cache folder and is killed in the middle of it. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gateDisk } from "../../../src/serve/cache/disk-gate.ts";
import { openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import { bodyOf, HandClock, idOf, mebibyte, put, storeOptions } from "./disk-fixture.ts";

export function startChild(parameters: string[], limit = "true") {
	const script = fileURLToPath(import.meta.url);
	const command = [process.execPath, "--import", "tsx", script, ...parameters];
	return spawn("bash", ["-c", `${limit}; exec "$@"`, "bash", ...command], {
		stdio: ["ignore", "pipe", "inherit"],
	});
}

/** Names of objects that are written again and again, with other sizes each time. */
const keys = Array.from({ length: 40 }, (_, number) => `chart-${number}.tgz`);

async function work(dir: string): Promise<void> {
	const store = await openDiskStore(storeOptions(dir, { limitBytes: 2 * mebibyte }));
	const choose = (below: number) => Math.floor(Math.random() * below);
	const lane = async () => {
		for (;;) {
			const key = keys[choose(keys.length)]!;
			const action = choose(10);
			if (action === 0) await store.remove(idOf(key));
			else if (action === 1) await store.removeWhere((id) => id.key.endsWith(`${choose(10)}.tgz`));
			else if (action < 4) {
				const object = await store.open(idOf(key));
				if (object) await store.revalidated({ ...object.head, validatedAtMs: Date.now() + choose(1e9) });
				object?.close();
			} else await put(store, key, bodyOf(key, choose(200_000)), 16 << 10);
		}
	};
	process.stdout.write("working\n");
	await Promise.all(Array.from({ length: 4 }, lane));
}

async function hold(dir: string): Promise<void> {
	const store = await openDiskStore(storeOptions(dir));
	const writer = await store.create(idOf("a"), undefined);
	await writer.write(bodyOf("a", 10));
	process.stdout.write("holding\n");
	setInterval(() => {}, 1000);
}

/** More objects open at once than there are descriptors; prints how many, and the descriptors before and after. */
async function crowd(dir: string): Promise<void> {
	const clock = new HandClock();
	const options = storeOptions(dir, { clock });
	const disk = gateDisk(await openDiskStore(options), { clock, observer: options.observer });
	for (const key of keys) await put(disk, key, bodyOf(key, 1000));
	const descriptors = () => readdirSync("/proc/self/fd").length;
	const before = descriptors();
	const objects = await Promise.all([...keys, ...keys].map((key) => disk.open(idOf(key))));
	const opened = objects.filter((object) => object !== undefined);
	const refused = await disk.create(idOf("new"), 10).then(
		() => "created",
		(error: NodeJS.ErrnoException) => error.code,
	);
	for (const object of opened) object.close();
	clock.now += 30_000;
	for (const key of keys) await put(disk, key, bodyOf(key, 2000));
	await new Promise((resolve) => setTimeout(resolve, 50));
	const report = { asked: objects.length, opened: opened.length, refused, before, after: descriptors() };
	process.stdout.write(JSON.stringify(report));
	await disk.close();
}

const [action, dir] = process.argv.slice(2);
if (process.argv[1] === fileURLToPath(import.meta.url) && dir !== undefined) {
	await (action === "hold" ? hold(dir) : action === "crowd" ? crowd(dir) : work(dir));
}
