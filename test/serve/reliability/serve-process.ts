/**
 * The real program, `node bin/run.js serve`, over a fake S3: what only a process shows (signals, pipes, locks, exit codes).
 * Needs dist/, which `npm test` builds. Ends by itself after a minute at the latest.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { FakeS3 } from "../../support/s3/fake-s3.ts";

const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
const waitMs = 20_000;

export interface ServeProcess {
	child: ChildProcessByStdio<null, Readable, Readable>;
	/** 0 when it ended before it listened. */
	port: number;
	adminUrl: string;
	stderr(): string;
	/** Resolves when stderr has the text. */
	says(text: string): Promise<void>;
	exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Resolves when it listens, or has ended. */
export async function startProcess(s3: FakeS3, folder: string, flags: string[] = []): Promise<ServeProcess> {
	const fixed = ["--bucket", "charts", "--region", "eu-west-1", "--endpoint-url", s3.url, "--path-style"];
	const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
	const child = spawn(process.execPath, [program, "serve", ...fixed, ...ports, ...flags], {
		cwd: folder,
		env: {
			...{ PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
			...{ AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId, CHARTCOST_DRAIN_DELAY: "0s" },
			AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);
	let text = "";
	child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		text += chunk;
		child.emit("said");
	});
	const exit = once(child, "exit").then(([code, signal]) => {
		clearTimeout(watchdog);
		child.emit("said");
		return { code, signal } as { code: number | null; signal: NodeJS.Signals | null };
	});
	const says = async (wanted: string) => {
		const signal = AbortSignal.timeout(waitMs);
		while (!text.includes(wanted) && child.exitCode === null) await once(child, "said", { signal });
	};
	await says("listening on ");
	return {
		child,
		port: Number(/listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0),
		adminUrl: /admin (http:\/\/[\d.:]+)/.exec(text)?.[1] ?? "",
		stderr: () => text,
		says,
		exit,
	};
}
