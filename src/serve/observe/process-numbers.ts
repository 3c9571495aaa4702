/**
 * What this process uses, for the metrics that every exporter names the same (process_*, nodejs_eventloop_lag_*).
 * Read when somebody asks, never in the background. In: the event loop's histogram, which its owner starts and ends.
 */
import { readdirSync } from "node:fs";

/** As `perf_hooks.monitorEventLoopDelay` gives it, in nanoseconds. */
export interface LoopDelay {
	readonly mean: number;
	readonly max: number;
	percentile(percent: number): number;
	reset(): void;
}

export interface ProcessNumbers {
	cpuSeconds: number;
	residentBytes: number;
	/** `undefined`: this system does not tell. */
	openFds: number | undefined;
	startedAtMs: number;
	/** Since the last reading; `undefined`: not watched, or nothing measured yet. */
	loopDelaySeconds: { mean: number; p50: number; p99: number; max: number } | undefined;
}

export function readProcess(startedAtMs: number, loopDelay?: LoopDelay): ProcessNumbers {
	const { user, system } = process.cpuUsage();
	return {
		cpuSeconds: (user + system) / 1e6,
		residentBytes: process.memoryUsage.rss(),
		openFds: openFds(),
		startedAtMs,
		loopDelaySeconds: readDelay(loopDelay),
	};
}

function openFds(): number | undefined {
	try {
		// One of them is the folder that is being read.
		return readdirSync("/proc/self/fd").length - 1;
	} catch {
		return undefined;
	}
}

function readDelay(delay: LoopDelay | undefined): ProcessNumbers["loopDelaySeconds"] {
	if (delay === undefined || !Number.isFinite(delay.mean)) return undefined;
	const seconds = (nanoseconds: number) => nanoseconds / 1e9;
	const [mean, max] = [seconds(delay.mean), seconds(delay.max)];
	const [p50, p99] = [seconds(delay.percentile(50)), seconds(delay.percentile(99))];
	delay.reset();
	return { mean, p50, p99, max };
}
