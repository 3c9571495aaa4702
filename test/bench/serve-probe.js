/**
 * Loaded into the measured server with `--import`: answers each message of its parent with what the process holds after a garbage
 * collection (`--expose-gc`). In: any message. Out: bytes of heap and RSS, descriptors, active resources by type, event-loop lag.
 */
import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

process.on("message", () => {
	const lag = { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 };
	delay.reset();
	globalThis.gc?.();
	const { rss, heapUsed, external } = process.memoryUsage();
	/** @type {Record<string, number>} */
	const resources = {};
	for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
	process.send?.({ rss, heapUsed, external, fds: readdirSync("/proc/self/fd").length, resources, ...lag });
});
// The parent's channel must not keep a server that has drained.
process.channel?.unref();
