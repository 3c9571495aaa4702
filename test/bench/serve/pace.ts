/**
 * Requests at a constant rate, whatever the answers do: latencies count from the moment when a request was due, so that a
 * server that stands still is charged for all who would have come meanwhile (no coordinated omission).
 * In: what to ask and how often. Out: latencies by kind, and how late the driver itself was.
 */
import { LoadConnection, requestBytes } from "./load-connection.ts";

export interface Kind {
	name: string;
	/** Share of the requests. */
	share: number;
	/** In turns; `once`: each at most once. */
	paths: string[];
	once?: boolean;
	headers?: Record<string, string>;
}

export interface PacePlan {
	port: number;
	perSecond: number;
	seconds: number;
	connections: number;
	kinds: Kind[];
}

export interface Latencies {
	count: number;
	/** Milliseconds. */
	p50: number;
	p99: number;
	p999: number;
	max: number;
	/** Statuses other than 200 and 304, broken answers. */
	wrong: number;
}

export interface PaceResult {
	kinds: Record<string, Latencies>;
	all: Latencies;
	/** Requests that were due and never sent, because all connections waited until the end. */
	unsent: number;
	/** How long after its time the driver sent a request although a connection was free, p99: its own part of the latencies. */
	ownDelayMs: number;
}

/** A request that waits longer than this at the end is counted with that long. */
const graceMs = 5000;

export async function pace(plan: PacePlan): Promise<PaceResult> {
	const connections = Array.from({ length: plan.connections }, () => new LoadConnection(plan.port));
	await Promise.all(connections.map((connection) => connection.open()));
	const free = [...connections];
	const next = schedule(plan.kinds);
	const times = new Map(plan.kinds.map(({ name }) => [name, { latencies: [] as number[], wrong: 0 }]));
	const delays: number[] = [];
	const total = Math.floor(plan.perSecond * plan.seconds);
	const startMs = performance.now() + 20;
	const dueMs = (nth: number) => startMs + (nth * 1000) / plan.perSecond;
	let sent = 0;
	let answered = 0;
	let lookedMs = startMs;
	await new Promise<void>((resolve) => {
		const endMs = startMs + plan.seconds * 1000 + graceMs;
		const look = () => {
			const nowMs = performance.now();
			while (sent < total && free.length > 0 && dueMs(sent) <= nowMs) {
				const due = dueMs(sent++);
				// Due since the last look: nothing but this loop kept it.
				if (due >= lookedMs) delays.push(nowMs - due);
				const { name, bytes } = next();
				const connection = free.pop()!;
				connection.ask(bytes, ({ status, broken, endMs: at }) => {
					const kind = times.get(name)!;
					kind.latencies.push(at - due);
					if (broken || (status !== 200 && status !== 304)) kind.wrong++;
					answered++;
					free.push(connection);
				});
			}
			lookedMs = nowMs;
			if (answered === total || nowMs > endMs) resolve();
			else setImmediate(look);
		};
		look();
	});
	for (const connection of connections) connection.close();
	const kinds = Object.fromEntries(
		[...times].map(([name, { latencies, wrong }]) => [name, summary(latencies, wrong)]),
	);
	const all = [...times.values()];
	return {
		kinds,
		all: summary(
			all.flatMap(({ latencies }) => latencies),
			all.reduce((sum, { wrong }) => sum + wrong, 0),
		),
		unsent: total - answered,
		ownDelayMs: summary(delays, 0).p99,
	};
}

/** Kinds mixed evenly: the one that is most behind its share comes next. */
function schedule(kinds: readonly Kind[]): () => { name: string; bytes: Buffer } {
	const rows = kinds.map(({ name, share, paths, once = false, headers }) => ({
		...{ name, share, once, given: 0, debt: 0 },
		requests: paths.map((path) => requestBytes(path, headers)),
	}));
	return () => {
		for (const row of rows) row.debt += row.share;
		const row = rows.reduce((most, other) => (other.debt > most.debt ? other : most));
		row.debt -= 1;
		if (row.once && row.given >= row.requests.length) throw new Error(`too few paths for ${row.name}`);
		return { name: row.name, bytes: row.requests[row.given++ % row.requests.length]! };
	};
}

export function summary(values: number[], wrong: number): Latencies {
	const sorted = Float64Array.from(values).sort();
	const at = (share: number) =>
		sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
	return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1), wrong };
}
