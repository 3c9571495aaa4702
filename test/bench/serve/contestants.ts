/**
 * The proxies that are compared, each started on the server's core with its access log on.
 * In: a folder of its own and the S3 behind it. Out: a running Server, or why there is none.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FakeS3 } from "../../support/s3/fake-s3.ts";
import { bucketName } from "./bucket.ts";
import { freePort, listening, type Started, serverCore, startOn } from "./machine.ts";

export interface Server {
	name: string;
	port: number;
	/** Processes to count, with all below them. */
	pids: number[];
	/** Of its start, without the folders of this machine. */
	command: string;
	said(): string;
	stop(): Promise<void>;
}

export interface ServerNeeds {
	s3: FakeS3;
	/** More words for the command line; of nginx and Varnish: other settings, see there. */
	flags?: readonly string[];
	/** Default: the server's. */
	core?: string;
	/** Of Node itself, such as `--cpu-prof`. */
	nodeFlags?: readonly string[];
}

export const runJs = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

/** A folder that goes with the proxy. */
export function ownFolder(name: string): string {
	return mkdtempSync(path.join(tmpdir(), `chartcost-bench-${name}-`));
}

/** Stops in the given order, then removes the folder. */
export function endOf(started: readonly Started[], folder: string): () => Promise<void> {
	return async () => {
		for (const one of started) await one.stop();
		rmSync(folder, { recursive: true, force: true });
	};
}

export async function startChartcost({
	s3,
	flags = [],
	core = serverCore,
	nodeFlags = [],
}: ServerNeeds): Promise<Server> {
	const folder = ownFolder("serve");
	mkdirSync(path.join(folder, "cache"));
	const [port, admin] = [await freePort(), await freePort()];
	const words = [
		...["--bucket", bucketName, "--region", "eu-west-1", "--endpoint-url", s3.url, "--path-style"],
		...["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${admin}`, "--drain-delay", "0s"],
		...["--cache-dir", path.join(folder, "cache"), "--access-log", "json"],
		...["--access-log-file", path.join(folder, "access.log"), ...flags],
	];
	const started = startOn(core, [process.execPath, ...nodeFlags, runJs, "serve", ...words], {
		AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
		AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
		AWS_EC2_METADATA_DISABLED: "true",
	});
	await listening(port, started);
	return {
		name: "chartcost",
		port,
		pids: [started.child.pid!],
		command: shown(["chartcost", "serve", ...words], folder),
		said: started.said,
		stop: endOf([started], folder),
	};
}

export function shown(words: readonly string[], folder: string): string {
	return words
		.join(" ")
		.replaceAll(folder, "DIR")
		.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT");
}
