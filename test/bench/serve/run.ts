/**
 * The sections of a run, each with servers of its own, ended before the next. In: the S3, how long. Out: rows for the report.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { selfSigned } from "../../support/s3/certificate.ts";
import { type BenchBucket, benchBucket, type HitSize, hitSizeNames } from "./bucket.ts";
import { startChartMuseum } from "./chartmuseum.ts";
import { type Server, startChartcost } from "./contestants.ts";
import { type HerdRow, measureHerds, measureSlowReaders, type SlowRow } from "./crowds.ts";
import { type HitRow, measureHits } from "./hits.ts";
import { type LatencyRow, measureDisturbed, measureLatency } from "./latency.ts";
import { loadCore, serverCore } from "./machine.ts";
import { type MixRow, measureMix } from "./mix.ts";
import { type MuseumRow, measureMuseum } from "./museum.ts";
import { startNginx } from "./nginx.ts";
import { measureTls, type TlsRow } from "./tls.ts";
import { startVarnish } from "./varnish.ts";

export interface Plan {
	rounds: number;
	seconds: number;
}

/** More than the driver can send itself, whatever the servers could take. */
const mostPerSecond = 30_000;
/** Much less than any of them can do: what is looked at is what else goes on. */
const disturbedPerSecond = 2000;
const mixPerSecond = 2000;

export class Run {
	hitRows: HitRow[] = [];
	latency: LatencyRow[] = [];
	disturbances: LatencyRow[] = [];
	herds: HerdRow[] = [];
	slow: SlowRow | undefined;
	mix: MixRow[] = [];
	museum: MuseumRow[] = [];
	tlsRows: TlsRow[] = [];
	workerRows: HitRow[] = [];
	readonly commands: string[] = [];
	readonly #bucket: BenchBucket;
	readonly #plan: Plan;
	readonly #say: (text: string) => void;

	constructor(bucket: BenchBucket, plan: Plan, say: (text: string) => void) {
		this.#bucket = bucket;
		this.#plan = plan;
		this.#say = say;
	}

	async hits(withLatency: boolean): Promise<void> {
		const { s3 } = this.#bucket;
		const starts = [
			() => startChartcost({ s3 }),
			() => startNginx({ s3 }),
			() => startNginx({ s3, flags: ["sendfile=off"] }),
			() => startVarnish({ s3 }),
		];
		await this.#with(starts, async (proxies) => {
			this.commands.push(...proxies.map(({ command }) => command));
			this.hitRows = await measureHits(proxies, this.#plan, this.#say);
			if (!withLatency) return;
			for (const size of hitSizeNames) {
				const perSecond = this.#halfOf(size);
				this.#say(`latency, ${size}: ${perSecond}/s`);
				this.latency.push(...(await measureLatency(proxies, { ...this.#plan, size, perSecond })));
			}
		});
	}

	#halfOf(size: HitSize): number {
		const rates = this.hitRows
			.filter(({ kind, proxy }) => kind === size && (proxy === "chartcost" || proxy === "nginx"))
			.map(({ perSecond }) => perSecond);
		return Math.min(mostPerSecond, Math.round(Math.min(...rates) / 2));
	}

	async disturbed(): Promise<void> {
		this.#say("hits while others fill and evict");
		const { s3 } = this.#bucket;
		const starts = [
			() => startChartcost({ s3, flags: ["--cache-size", "64MiB", "--memory", "32MiB"] }),
			() => startNginx({ s3, flags: ["max-size=64m"] }),
		];
		await this.#with(starts, async (proxies) => {
			const plan = { seconds: Math.max(5, this.#plan.seconds), perSecond: disturbedPerSecond };
			this.disturbances = await measureDisturbed(proxies, this.#bucket, plan);
		});
	}

	async crowds(): Promise<void> {
		this.#say("crowds");
		this.herds = await measureHerds(this.#bucket);
		this.slow = await measureSlowReaders(this.#bucket);
	}

	async mixes(): Promise<void> {
		const { s3 } = this.#bucket;
		const starts = [
			async () => ({ ...(await startChartcost({ s3 })), name: "chartcost, index asked for each time" }),
			async () => ({
				...(await startChartcost({ s3, flags: ["--index-ttl", "5s"] })),
				name: "chartcost, index for 5 s",
			}),
			() => startNginx({ s3, flags: ["ttl-of-index=5s"] }),
			() => startVarnish({ s3, flags: ["ttl-of-index=5s"] }),
		];
		const plan = { seconds: Math.max(5, this.#plan.seconds), perSecond: mixPerSecond };
		for (const start of starts) {
			await this.#with([start], async ([proxy]) => {
				this.#say(`mix: ${proxy!.name}`);
				// Once to warm up: code is compiled while it runs.
				await measureMix(proxy!, this.#bucket, { ...plan, seconds: 2 });
				this.mix.push(await measureMix(proxy!, this.#bucket, plan));
			});
		}
	}

	/** Over a bucket of their own: ChartMuseum opens everything that is there, and the other one is full of things that are no charts. */
	async museums(): Promise<void> {
		const bucket = await benchBucket();
		const { s3 } = bucket;
		const starts = [
			() => startChartcost({ s3 }),
			// ChartMuseum looks into the bucket every five minutes by itself: the same freshness.
			async () => ({
				...(await startChartcost({ s3, flags: ["--index-ttl", "5m"] })),
				name: "chartcost, --index-ttl 5m",
			}),
			() => startChartMuseum({ s3 }),
			async () => {
				const proxy = await startChartMuseum({ s3, flags: ["--cache-interval=1s"] });
				return proxy && { ...proxy, name: "ChartMuseum, --cache-interval=1s" };
			},
		];
		for (const start of starts) {
			await this.#with([start], async ([proxy]) => {
				if (proxy === undefined) return;
				this.#say(`ChartMuseum's table: ${proxy.name}`);
				if (!proxy.name.startsWith("chartcost")) this.commands.push(proxy.command);
				this.museum.push(await measureMuseum(proxy, bucket, this.#plan.seconds));
			});
		}
		await s3.close();
	}

	/** All cores for the server, of which wrk takes one as well: what more processes bring at all. */
	async workers(): Promise<void> {
		const { s3 } = this.#bucket;
		const start = (count: number) => async () => ({
			...(await startChartcost({
				s3,
				core: `${serverCore},${loadCore}`,
				flags: ["--workers", String(count)],
			})),
			name: `--workers ${count}`,
		});
		this.#say("workers");
		await this.#with([start(1), start(2)], async (proxies) => {
			this.workerRows = await measureHits(proxies, { ...this.#plan, kinds: ["1 KB", "64 KB"] }, this.#say);
		});
	}

	async tls(): Promise<void> {
		const folder = mkdtempSync(path.join(tmpdir(), "chartcost-bench-tls-"));
		const [cert, key] = [path.join(folder, "certificate.pem"), path.join(folder, "key.pem")];
		const { certificatePem, keyPem } = selfSigned();
		writeFileSync(cert, certificatePem);
		writeFileSync(key, keyPem);
		const { s3 } = this.#bucket;
		const starts = [
			() => startChartcost({ s3, flags: ["--tls-cert", cert, "--tls-key", key] }),
			() => startNginx({ s3, flags: ["tls"] }),
		];
		this.#say("TLS");
		await this.#with(starts, async (proxies) => {
			this.tlsRows = await measureTls(proxies, this.#plan);
		}).finally(() => rmSync(folder, { recursive: true, force: true }));
	}

	async #with(
		starts: readonly (() => Promise<Server | undefined>)[],
		use: (proxies: Server[]) => Promise<void>,
	): Promise<void> {
		const running: Server[] = [];
		try {
			for (const start of starts) {
				const proxy = await start();
				if (proxy !== undefined) running.push(proxy);
			}
			await use(running);
		} finally {
			for (const proxy of running) await proxy.stop();
		}
	}
}
