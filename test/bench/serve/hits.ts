/**
 * How many hits a second of CPU time gives: 1 KB, 64 KB, 1 MB, and "not modified", everybody in turns so that whatever slows the
 * machine slows all. In: running proxies. Out: medians per proxy, with the ratio to nginx of the same round.
 */
import { median } from "../measure.ts";
import { type HitSize, hitFile, hitSizeNames } from "./bucket.ts";
import type { Server } from "./contestants.ts";
import { type Load, wrk } from "./wrk.ts";

export type HitKind = HitSize | "304 of 1 KB";
export const hitKinds: readonly HitKind[] = [...hitSizeNames, "304 of 1 KB"];

export interface HitRow {
	proxy: string;
	kind: HitKind;
	perSecond: number;
	cpuMicros: number;
	/** Requests per CPU second against nginx (sendfile on) in the same round; 1 is the same. */
	toNginx: number;
	p50: number;
	p99: number;
	rssBytes: number;
	errors: number;
	/** Fastest and slowest round, CPU µs per request. */
	spread: [number, number];
}

export async function measureHits(
	proxies: readonly Server[],
	{ rounds, seconds, kinds = hitKinds }: { rounds: number; seconds: number; kinds?: readonly HitKind[] },
	say: (text: string) => void,
): Promise<HitRow[]> {
	const loads = new Map<string, Load[]>();
	const key = (proxy: Server, kind: HitKind) => `${proxy.name} ${kind}`;
	for (const proxy of proxies) await warm(proxy);
	for (let round = 1; round <= rounds; round++) {
		for (const kind of kinds) {
			for (const proxy of proxies) {
				const load = await wrk(proxy, { ...(await askingFor(proxy, kind)), seconds });
				loads.set(key(proxy, kind), [...(loads.get(key(proxy, kind)) ?? []), load]);
				say(
					`round ${round}, ${kind}, ${proxy.name}: ${load.perSecond.toFixed(0)}/s, ${load.cpuMicros.toFixed(1)} µs`,
				);
			}
		}
	}
	const nginx = proxies.find(({ name }) => name === "nginx");
	return kinds.flatMap((kind) =>
		proxies.map((proxy) =>
			rowOf(proxy.name, kind, loads.get(key(proxy, kind))!, nginx && loads.get(key(nginx, kind))),
		),
	);
}

async function warm(proxy: Server): Promise<void> {
	for (const size of hitSizeNames) {
		for (let nth = 0; nth < 2; nth++) {
			const answer = await fetch(urlOf(proxy, size));
			await answer.arrayBuffer();
			if (answer.status !== 200) throw new Error(`${proxy.name} answers ${answer.status}: ${proxy.said()}`);
		}
		await wrk(proxy, { path: `/${hitFile(size)}`, seconds: 1 });
	}
}

const urlOf = (proxy: Server, size: HitSize) => `http://127.0.0.1:${proxy.port}/${hitFile(size)}`;

async function askingFor(
	proxy: Server,
	kind: HitKind,
): Promise<{ path: string; headers?: Record<string, string> }> {
	if (kind !== "304 of 1 KB") return { path: `/${hitFile(kind)}` };
	const answer = await fetch(urlOf(proxy, "1 KB"));
	await answer.arrayBuffer();
	return { path: `/${hitFile("1 KB")}`, headers: { "If-None-Match": answer.headers.get("etag") ?? "" } };
}

function rowOf(
	proxy: string,
	kind: HitKind,
	loads: readonly Load[],
	nginx: readonly Load[] | undefined,
): HitRow {
	const of = (value: (load: Load) => number) => median(loads.map(value));
	const micros = loads.map(({ cpuMicros }) => cpuMicros);
	return {
		proxy,
		kind,
		perSecond: of(({ perSecond }) => perSecond),
		cpuMicros: median(micros),
		toNginx:
			nginx === undefined
				? Number.NaN
				: median(micros.map((value, round) => nginx[round]!.cpuMicros / value)),
		p50: of(({ p50 }) => p50),
		p99: of(({ p99 }) => p99),
		rssBytes: Math.max(...loads.map(({ rssBytes }) => rssBytes)),
		errors: loads.reduce((sum, { errors }) => sum + errors, 0),
		spread: [Math.min(...micros), Math.max(...micros)],
	};
}
