/** Hits over TLS, with HTTP/1.1 and HTTP/2, of chartcost and nginx. In: both, started with the same certificate. Out: rows. */
import { median } from "../measure.ts";
import { type HitSize, hitFile } from "./bucket.ts";
import type { Server } from "./contestants.ts";
import { h2load, type Load } from "./wrk.ts";

export interface TlsRow {
	what: string;
	proxy: string;
	perSecond: number;
	cpuMicros: number;
	toNginx: number;
	errors: number;
}

const sizes: readonly HitSize[] = ["1 KB", "64 KB"];

export async function measureTls(
	proxies: readonly Server[],
	{ rounds, seconds }: { rounds: number; seconds: number },
): Promise<TlsRow[]> {
	const rows: TlsRow[] = [];
	for (const version of ["h1", "h2"] as const) {
		for (const size of sizes) {
			const loads: Load[][] = proxies.map(() => []);
			// The first round warms up.
			for (let round = 0; round <= rounds; round++) {
				for (const [nth, proxy] of proxies.entries()) {
					const load = await h2load(proxy, { path: `/${hitFile(size)}`, seconds }, version);
					if (round > 0) loads[nth]!.push(load);
				}
			}
			const nginx = loads[proxies.findIndex(({ name }) => name === "nginx")]!;
			for (const [nth, proxy] of proxies.entries()) {
				const mine = loads[nth]!;
				rows.push({
					what: `${version === "h1" ? "HTTP/1.1" : "HTTP/2"}, ${size}`,
					proxy: proxy.name,
					perSecond: median(mine.map(({ perSecond }) => perSecond)),
					cpuMicros: median(mine.map(({ cpuMicros }) => cpuMicros)),
					toNginx: median(mine.map(({ cpuMicros }, round) => nginx[round]!.cpuMicros / cpuMicros)),
					errors: mine.reduce((sum, { errors }) => sum + errors, 0),
				});
			}
		}
	}
	return rows;
}
