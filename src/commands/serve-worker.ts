/**
 * A worker process of `serve`, forked by serve-launch.ts: its channel to the owner, its clock, its end. Not for people to call.
 * Signals of the terminal reach it too and are the owner's business: it ends when the owner says so, or is gone.
 */
import { Socket } from "node:net";
import { linkDescriptor } from "../serve.ts";
import { serveWorker, type ToWorker } from "../serve-worker.ts";
import { systemClock } from "./clock.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));

const hear = serveWorker({
	clock: systemClock,
	link: new Socket({ fd: linkDescriptor, readable: true, writable: true }),
	send(message, done) {
		if (process.connected) process.send?.(message, undefined, undefined, () => done?.());
		else done?.();
	},
	usage() {
		const { user, system } = process.cpuUsage();
		return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() };
	},
	end: () => process.disconnect(),
});
process.on("message", (message, handle) =>
	hear(message as ToWorker, handle instanceof Socket ? handle : undefined),
);
