/**
 * The load of a soak: clients of every kind, each in a loop until told to stop, everything that they get checked byte for byte.
 * In: a server's ports, its S3. Out: how often what happened; `wrong` must stay empty.
 */
import http from "node:http";
import { type Answer, ask, fill, indexOf } from "../../serve/running.ts";
import { Random } from "../../support/random.ts";
import type { FakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { bucketName } from "./bucket.ts";

export interface SoakTarget {
	port: number;
	adminPort: number;
	s3: FakeS3;
}

/** Enough that memory (16 MiB) and disk (64 MiB) are full after a minute and evict from then on. */
const hotCharts = 60;
const largeBytes = 1 << 20;
const faultEveryMs = 200;
/** A third of it with faults, then time to recover, then health. */
const faultPhaseMs = 60_000;
const someFaults = [
	...[faults.slowDown(), faults.internalError(), faults.resetBeforeHead, faults.resetAfter(500)],
	...[faults.finAfter(500), faults.flipByte(100), faults.truncatedObject, faults.delayed(200)],
];

export class SoakLoad {
	readonly counts = new Map<string, number>();
	/** What should not have happened, at most some of it. */
	readonly wrong: string[] = [];
	readonly #target: SoakTarget;
	readonly #random = new Random(7);
	readonly #bodies = new Map<string, Buffer>();
	readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
	#stopped = false;
	#misses = 0;
	#indexes = 0;
	/** S3 is broken on purpose, or was until a moment ago: failures are right answers. */
	#faultyUntilMs = 0;
	/** For the next GETs of S3, in order. */
	readonly #faults: faults.Fault[] = [];
	/** Sizes that the broken S3 announced where it sent half an object as the whole. */
	readonly #halves = new Map<string, number>();

	constructor(target: SoakTarget) {
		this.#target = target;
		for (let chart = 0; chart < hotCharts; chart++) this.#put(`hot-${chart}-1.0.0.tgz`, 4000 + chart * 1500);
		for (let chart = 0; chart < 4; chart++) this.#put(`large-${chart}-1.0.0.tgz`, largeBytes);
		this.#put("branch-dev-1-1.0.0.tgz", 3000);
		this.#publish();
		target.s3.script = ({ method, key = "" }) => {
			const fault = method === "GET" ? this.#faults.shift() : undefined;
			return fault === faults.truncatedObject ? this.#half(key) : fault;
		};
	}

	/** Resolves when all clients have ended. */
	async run(): Promise<void> {
		const many = (count: number, step: () => Promise<void>, pauseMs: number) =>
			Array.from({ length: count }, () => this.#loop(step, pauseMs));
		await Promise.all([
			...many(8, () => this.#hit(), 5),
			...many(2, () => this.#miss(), 40),
			...many(2, () => this.#index(), 20),
			...many(1, () => this.#checked("revalidated", "branch-dev-1-1.0.0.tgz"), 50),
			...many(2, () => this.#range(), 30),
			...many(2, () => this.#abort(), 40),
			...many(1, () => this.#unknown(), 100),
			...many(1, () => this.#purge(), 700),
			...many(1, () => this.#fault(), faultEveryMs),
			...many(1, async () => this.#publish(), 3000),
		]);
		this.#agent.destroy();
	}

	stop(): void {
		this.#stopped = true;
	}

	async #loop(step: () => Promise<void>, pauseMs: number): Promise<void> {
		while (!this.#stopped) {
			await step();
			await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + this.#random.fraction())));
		}
	}

	#count(what: string): void {
		this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
	}

	#say(what: string): void {
		this.#count("wrong");
		if (this.wrong.length < 20) this.wrong.push(what);
	}

	get #isFaulty(): boolean {
		return performance.now() < this.#faultyUntilMs;
	}

	#put(file: string, sizeBytes: number): void {
		const body = fill(file, sizeBytes);
		this.#bodies.set(file, body);
		this.#target.s3.put(bucketName, file, body);
	}

	/** A new index: one entry more or less in turns. */
	#publish(): void {
		const files = [...this.#bodies].filter(([file]) => !file.startsWith("miss-"));
		const shown = files.slice(0, files.length - (++this.#indexes % 2));
		this.#target.s3.put(bucketName, "index.yaml", indexOf(Object.fromEntries(shown)));
		this.#target.s3.forget();
	}

	async #hit(): Promise<void> {
		await this.#checked("hit", `hot-${Math.floor(this.#random.fraction() ** 2 * hotCharts)}-1.0.0.tgz`);
	}

	async #miss(): Promise<void> {
		const file = `miss-${++this.#misses}-1.0.0.tgz`;
		this.#put(file, 1000 + this.#random.below(400_000));
		await this.#checked("miss", file);
		this.#bodies.delete(file);
		this.#target.s3.remove(bucketName, file);
	}

	/** The whole of a file, on a connection that is kept. */
	async #checked(kind: string, file: string): Promise<void> {
		const wasFaulty = this.#isFaulty;
		const answer = await this.#get(`/${file}`);
		if (answer.status === 200 && !answer.broken) {
			if (answer.body.equals(this.#bodies.get(file)!)) this.#count(kind);
			else this.#say(`${file}: other bytes`);
		} else this.#failed(kind, file, answer, wasFaulty);
	}

	#failed(kind: string, file: string, { status, broken }: Answer, wasFaulty: boolean): void {
		const mayFail = wasFaulty || this.#isFaulty;
		if (mayFail && (broken || status === 502 || status === 503 || status === 504))
			this.#count(`${kind}, failed with S3`);
		else this.#say(`${file}: ${status}${broken ? ", broken" : ""}`);
	}

	async #index(): Promise<void> {
		const wasFaulty = this.#isFaulty;
		const answer = await this.#get("/index.yaml");
		const text = answer.body.toString();
		if (answer.status !== 200 || answer.broken) return this.#failed("index", "index.yaml", answer, wasFaulty);
		if (
			!text.startsWith("apiVersion: v1\nentries:\n") ||
			!text.endsWith('generated: "2026-10-01T10:00:00Z"\n')
		)
			return this.#say("index.yaml: not whole");
		this.#count("index");
		const again = await this.#get("/index.yaml", { "if-none-match": String(answer.headers.etag) });
		if (again.status === 304 && again.body.length === 0) this.#count("index 304");
		else if (again.status === 200) this.#count("index 200, another");
		else this.#failed("index", "index.yaml again", again, wasFaulty);
	}

	async #range(): Promise<void> {
		const wasFaulty = this.#isFaulty;
		const file = `large-${this.#random.below(4)}-1.0.0.tgz`;
		const first = this.#random.below(largeBytes * 0.9);
		const last = first + this.#random.below(50_000);
		const answer = await ask(this.#target.port, `/${file}`, { range: `bytes=${first}-${last}` });
		if (answer.status === 206 && !answer.broken) {
			if (answer.body.equals(this.#bodies.get(file)!.subarray(first, last + 1))) this.#count("range");
			else this.#say(`${file} ${first}-${last}: other bytes`);
		} else if (this.#isBeyondHalf(file, answer, wasFaulty))
			this.#count("range, beyond the half that S3 announced");
		else this.#failed("range", file, answer, wasFaulty);
	}

	/** Whoever asks while half an object comes as the whole is told the size that S3 told; it is not kept, the index contradicts it. */
	#isBeyondHalf(file: string, { status, headers, broken }: Answer, wasFaulty: boolean): boolean {
		const half = this.#halves.get(file);
		return (
			(wasFaulty || this.#isFaulty) &&
			status === 416 &&
			!broken &&
			half !== undefined &&
			headers["content-range"] === `bytes */${half}`
		);
	}

	#half(key: string): faults.Fault {
		return {
			reply: (normal) => {
				const reply = faults.truncatedObject.reply?.(normal) ?? normal;
				if (normal.status === 200) this.#halves.set(key, reply.body.sizeBytes);
				return reply;
			},
		};
	}

	/** Leaves in the middle of a body. */
	#abort(): Promise<void> {
		const file = `large-${this.#random.below(4)}-1.0.0.tgz`;
		return new Promise((resolve) => {
			const request = http.get({
				port: this.#target.port,
				host: "127.0.0.1",
				path: `/${file}`,
				agent: false,
			});
			const leave = () => {
				request.destroy();
				this.#count("aborted");
				resolve();
			};
			request.on("response", (response) => response.once("data", leave).once("end", leave));
			request.on("error", leave);
		});
	}

	async #unknown(): Promise<void> {
		const wasFaulty = this.#isFaulty;
		const answer = await ask(this.#target.port, `/none-${this.#random.below(1e9)}.tgz`);
		if (answer.status === 404) this.#count("404");
		else this.#failed("404", "none", answer, wasFaulty);
	}

	async #purge(): Promise<void> {
		const query = this.#random.pick(["prefix=hot-1", "prefix=hot-2", "key=large-1-1.0.0.tgz", "all=1"]);
		const { status } = await ask(this.#target.adminPort, `/cache?${query}`, {}, "DELETE");
		if (status === 200) this.#count("purge");
		else this.#say(`purge ${query}: ${status}`);
	}

	/** In phases, so that there are times when every request must succeed. */
	async #fault(): Promise<void> {
		const nowMs = performance.now();
		if (nowMs % faultPhaseMs > faultPhaseMs / 3) return;
		// Retries and waits of those who met it outlast it.
		this.#faultyUntilMs = nowMs + 15_000;
		const { s3 } = this.#target;
		this.#count("fault");
		if (this.#random.fraction() > 0.05) return void this.#faults.push(this.#random.pick(someFaults));
		const undo = s3.always({}, faults.internalError());
		await new Promise((resolve) => setTimeout(resolve, 2000));
		undo();
	}

	#get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
		return new Promise((resolve) => {
			const { port } = this.#target;
			const request = http.request({ host: "127.0.0.1", port, path, headers, agent: this.#agent });
			const nothing = { status: 0, headers: {}, body: Buffer.alloc(0), broken: true, firstByteMs: 0 };
			request.on("error", () => resolve(nothing));
			request.on("response", (response) => {
				const chunks: Buffer[] = [];
				const settle = (broken: boolean) =>
					resolve({
						...{ status: response.statusCode ?? 0, headers: response.headers, broken, firstByteMs: 0 },
						body: Buffer.concat(chunks),
					});
				response.on("data", (chunk: Buffer) => chunks.push(chunk));
				response.on("end", () => settle(!response.complete));
				response.on("error", () => settle(true));
			});
			request.end();
		});
	}
}
