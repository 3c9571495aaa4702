/**
 * `serve` over a fake S3 with a clock that a test moves by hand; S3's own clock goes with it.
 *
 *   const world = await startWorld({ flags: { "index-ttl": "10s" } });
 *   await world.clock.advance(86_400_000);
 *   const answer = await world.moving(world.serve.get("/app-1.0.0.tgz"));    waits that need time get it
 *   await world.close();
 */
import { type FakeS3, type FakeS3Options, startFakeS3 } from "../../support/s3/fake-s3.ts";
import { HandClock } from "../../support/s3/hand-clock.ts";
import { type Answer, publish, startServeOn, type TestServe, type TestServeOptions } from "../running.ts";

export interface World {
	s3: FakeS3;
	serve: TestServe;
	clock: HandClock;
	/** The cache's own words: `hit`, `fwd=stale`, … */
	statusOf(answer: Answer): string;
	/** Time goes by in steps of `stepMs` until it settles. */
	moving<Result>(waiting: Promise<Result>, stepMs?: number): Promise<Result>;
	/** DELETE /cache?QUERY on the admin port; the number removed. */
	purge(query?: string): Promise<number>;
	/** Lines of a metric, without comments. */
	metric(name: string): Promise<string[]>;
	close(): Promise<void>;
}

export interface WorldOptions extends Omit<TestServeOptions, "s3" | "clock"> {
	s3?: FakeS3;
	clock?: HandClock;
	s3Options?: FakeS3Options;
	/** Default: the two packages of running.ts and their index. */
	publish?(s3: FakeS3): void;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
	const clock = options.clock ?? new HandClock();
	const s3 = options.s3 ?? (await startFakeS3({ nowMs: () => clock.nowMs(), ...options.s3Options }));
	if (options.s3 === undefined) (options.publish ?? publish)(s3);
	const serve = await moving(clock, startServeOn({ ...options, s3, clock }));
	return {
		s3,
		serve,
		clock,
		statusOf: ({ headers }) => String(headers["cache-status"]),
		moving: (waiting, stepMs) => moving(clock, waiting, stepMs),
		purge: (query) => purge(serve, query),
		metric: (name) => metric(serve, name),
		async close() {
			await moving(clock, serve.stop());
			if (options.s3 === undefined) await s3.close();
		},
	};
}

/** Bounded by the test's own time-out. */
export async function moving<Result>(
	clock: HandClock,
	waiting: Promise<Result>,
	stepMs = 50,
): Promise<Result> {
	let settled = false;
	const done = waiting.finally(() => {
		settled = true;
	});
	done.catch(() => {});
	while (!settled) {
		await new Promise((resolve) => setTimeout(resolve, 2));
		if (!settled && clock.pending.length > 0) await clock.advance(stepMs);
	}
	return done;
}

export async function purge(serve: TestServe, query = "all=1"): Promise<number> {
	const response = await fetch(`${serve.adminUrl}/cache?${query}`, { method: "DELETE" });
	const { removed } = (await response.json()) as { removed: number };
	return removed;
}

export async function metric(serve: TestServe, name: string): Promise<string[]> {
	const text = await (await fetch(`${serve.adminUrl}/metrics`)).text();
	return text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}
