/**
 * The real ChartMuseum over a bucket of a real S3 server, with its API, as its users start it.
 */
import { type Child, freePort, listening, startChild } from "./child.ts";
import { peerProgram } from "./program.ts";
import type { S3Server } from "./s3-server.ts";

export interface ChartMuseum {
	readonly url: string;
	readonly port: number;
	readonly pid: number;
	stop(): Promise<void>;
}

/** `args`: more flags. Its state file would be an object in the bucket; it is off unless asked for. */
export async function startChartMuseum(
	s3: S3Server,
	args: readonly string[] = ["--disable-statefiles"],
): Promise<ChartMuseum> {
	const port = await freePort();
	const child: Child = startChild({
		program: peerProgram("chartmuseum"),
		args: [
			...["--port", String(port), "--listen-host", "127.0.0.1", "--storage", "amazon"],
			...["--storage-amazon-bucket", s3.bucket, "--storage-amazon-region", s3.region],
			...["--storage-amazon-endpoint", s3.url, "--storage-amazon-prefix", "", ...args],
		],
		env: s3.env,
		maxMs: 3_600_000,
	});
	await listening(child, port);
	return { url: `http://127.0.0.1:${port}`, port, pid: child.pid, stop: () => child.stop() };
}
