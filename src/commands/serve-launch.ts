/**
 * How a worker process is forked: the program beside this one, an IPC channel that can carry sockets, and a pipe for objects.
 * It gets no credentials: only the owner talks to S3.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Launch } from "../serve.ts";

/** The build puts it beside the bundle that this file becomes part of; in the source tree, serve-worker.js reads TypeScript. */
const program = fileURLToPath(new URL("./serve-worker.js", import.meta.url));

export const launchWorker: Launch = () =>
	fork(program, [], {
		serialization: "advanced",
		stdio: ["ignore", "ignore", "inherit", "ipc", "pipe"],
		env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"))),
	});
