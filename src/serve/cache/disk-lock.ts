/**
 * One process per cache folder. Node has no flock, and a file with a process number in it lies after kill -9; a
 * listening socket does not: the kernel ends it with its process. Every candidate listens under a name of its own
 * that is never used again, makes it visible, and only then looks for others, so of two candidates at least one sees
 * the other. A socket that refuses connections is dead for ever and may be deleted by anybody without a race.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import path from "node:path";
import { errnoOf, unlessMissing } from "./disk-files.ts";

export interface FolderLock {
	release(): Promise<void>;
}

export interface LockOptions {
	/** Exists, and is ours alone. */
	folder: string;
	/** Never used before: candidates with the lower name go first. */
	name: string;
	sleep(durationMs: number): Promise<void>;
}

/** An answer comes from another process's event loop; one that is this busy holds the folder all the same. */
const answerMs = 1000;
/** How long two candidates that started together wait for each other. */
const rivalPolls = 100;
const rivalPollMs = 20;

/** `undefined` when another living process has it. Rejects when the file system knows no sockets. */
export async function lockFolder(options: LockOptions): Promise<FolderLock | undefined> {
	const { folder, name } = options;
	const fd = await fs.promises.open(folder, fs.constants.O_RDONLY);
	// A socket's path must be shorter than about 100 bytes; on Linux a descriptor stands for any folder.
	const shortFolder = process.platform === "linux" ? `/proc/self/fd/${fd.fd}` : folder;
	const state = { holds: false };
	const server = net.createServer((socket) => {
		socket.on("error", () => {});
		socket.end(state.holds ? "holder" : "rival");
	});
	server.unref();
	const visible = path.join(folder, `${name}.sock`);
	const release = async () => {
		await unlessMissing(fs.promises.unlink(visible));
		await new Promise<void>((resolve) => server.close(() => resolve()));
		await fd.close();
	};
	try {
		// Bound but not yet listening, a socket looks dead: it gets its visible name afterwards.
		await listen(server, path.join(shortFolder, `${name}.new`));
		const bound = fs.promises.rename(path.join(folder, `${name}.new`), visible).then(() => true);
		// Not there any more: a holder has cleaned up behind killed candidates.
		if (await unlessMissing(bound)) state.holds = await standsAlone(folder, shortFolder, options);
		if (state.holds) await cleanUp(folder);
	} catch (error) {
		await release();
		throw error;
	}
	if (state.holds) return { release };
	await release();
	return undefined;
}

async function standsAlone(folder: string, shortFolder: string, options: LockOptions): Promise<boolean> {
	for (let poll = 0; poll < rivalPolls; poll++) {
		const others = (await fs.promises.readdir(folder)).filter(
			(file) => file.endsWith(".sock") && file !== `${options.name}.sock`,
		);
		let rivals = 0;
		for (const other of others) {
			const answer = await ask(path.join(shortFolder, other));
			if (answer === "dead") await unlessMissing(fs.promises.unlink(path.join(folder, other)));
			else if (answer === "holder" || other < `${options.name}.sock`) return false;
			else rivals++;
		}
		if (rivals === 0) return true;
		await options.sleep(rivalPollMs);
	}
	return false;
}

/** What candidates left that were killed before they became visible. */
async function cleanUp(folder: string): Promise<void> {
	for (const file of await fs.promises.readdir(folder)) {
		if (file.endsWith(".new")) await unlessMissing(fs.promises.unlink(path.join(folder, file)));
	}
}

function listen(server: net.Server, socketPath: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen({ path: socketPath, exclusive: true }, () => {
			server.off("error", reject);
			// Accepting can fail for want of descriptors: the lock holds all the same.
			server.on("error", () => {});
			resolve();
		});
	});
}

function ask(socketPath: string): Promise<"dead" | "holder" | "rival"> {
	return new Promise((resolve, reject) => {
		const socket = net.connect(socketPath);
		let text = "";
		socket.setEncoding("latin1");
		socket.setTimeout(answerMs, () => {
			resolve("holder");
			socket.destroy();
		});
		socket.on("data", (chunk) => {
			text += chunk;
		});
		socket.on("error", (error) => {
			const errno = errnoOf(error);
			if (errno === "ECONNREFUSED" || errno === "ENOENT") resolve("dead");
			else if (errno !== "ECONNRESET" && errno !== "EPIPE" && errno !== "EAGAIN") reject(error);
		});
		// No answer: it was just ending, or is asked by too many at once. Asking again will tell.
		socket.on("close", () => resolve(text === "holder" ? "holder" : "rival"));
	});
}
