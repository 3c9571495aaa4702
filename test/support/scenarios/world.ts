/**
 * The world of one scenario: a chart bucket and the names, addresses and times in it, all drawn from one seed.
 * In: a seed and a few sizes. Out: a `World` that actors ask for charts, addresses and requests.
 * Addresses are from the documentation ranges (RFC 5737, RFC 3849) and 10/8; the window ends before November 2026.
 */
import { chartKeys } from "../chart-bucket.ts";
import type { Draft } from "../log-line.ts";
import { Random } from "../random.ts";
import { type Asker, type BucketIdentity, requestDraft } from "../request-draft.ts";

export interface WorldOptions {
	seed: number;
	days: number;
	/** Packages in the bucket when the window begins. */
	charts: number;
	/** Packages that CI pushes on a working day; a sweep takes one request more for each. */
	pushesPerDay: number;
	/** Packages of some megabytes give few requests a price that is worth a finding. */
	chartBytes: { min: number; max: number };
	/** Factor of the requests of loops and jobs. */
	strength: number;
}

export const defaultWorld: WorldOptions = {
	seed: 1,
	days: 4,
	charts: 36,
	pushesPerDay: 1,
	chartBytes: { min: 400_000, max: 6_000_000 },
	strength: 1,
};

export interface Chart {
	key: string;
	sizeBytes: number;
	/** Unix seconds of its push; 0 for those that were there before. */
	sinceSeconds: number;
}

/** Where requests come from. */
export interface Source {
	remoteIp: string;
	sourceRegion: string;
}

const regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"] as const;
const userNames = ["chartmuseum", "charts-reader", "svc-chartmuseum", "helm-repo", "platform-charts"];
const clusterNames = ["prod-eu", "prod-us", "staging", "dev", "tools", "edge", "blue", "green", "qa", "data"];
const companies = ["acme", "borealis", "cobalt", "driftwood", "ember", "fjord"];
/** Monday. */
const firstMonday = Date.UTC(2026, 2, 2) / 1000;
const daySeconds = 86_400;

export class World {
	readonly random: Random;
	readonly options: WorldOptions;
	readonly account: string;
	readonly region: string;
	readonly bucket: BucketIdentity;
	/** The window, unix seconds. */
	readonly from: number;
	readonly to: number;
	/** Every package that is ever there, in key order. */
	readonly charts: readonly Chart[];
	/** The same, those that people want most first. */
	readonly popular: readonly Chart[];
	/** Hours from UTC to the office of these people. */
	readonly officeOffset: number;
	readonly #addresses = new Set<string>();
	readonly #userNames: string[];
	readonly #clusterNames: string[];

	constructor(options: Partial<WorldOptions> = {}) {
		this.options = { ...defaultWorld, ...options };
		const random = new Random(this.options.seed * 7919 + 17);
		this.random = random;
		this.account = String(100_000_000_000 + random.below(899_999_999) * 1000 + random.below(1000));
		this.region = random.pick(regions);
		const owner = Array.from({ length: 8 }, () => random.next().toString(16).padStart(8, "0")).join("");
		this.bucket = {
			owner,
			name: `${random.pick(companies)}-charts-${100 + random.below(900)}`,
			host: `s3.${this.region}.amazonaws.com`,
		};
		this.from = firstMonday + random.below(26) * 7 * daySeconds + random.below(3 * 3600);
		this.to = this.from + this.options.days * daySeconds;
		this.officeOffset = random.below(5) - 2;
		this.#userNames = shuffled(random, userNames);
		this.#clusterNames = shuffled(random, clusterNames);
		this.charts = this.#makeCharts();
		this.popular = shuffled(random, this.charts);
	}

	#makeCharts(): Chart[] {
		const { charts, chartBytes, days, pushesPerDay } = this.options;
		const random = this.random;
		const pushed = Math.round(days * pushesPerDay);
		const keys = shuffled(random, chartKeys((charts + pushed) * 3)).slice(0, charts + pushed);
		return keys
			.map(({ rawKey }, index) => ({
				key: rawKey.replace("%252B", "+"),
				sizeBytes: chartBytes.min + random.below(chartBytes.max - chartBytes.min),
				sinceSeconds: index < charts ? 0 : this.#workingTime(),
			}))
			.sort((left, right) => (left.key < right.key ? -1 : 1));
	}

	/** A moment of a working day, but not of the first and last hours. */
	#workingTime(): number {
		const margin = 2 * 3600;
		for (let attempt = 0; attempt < 50; attempt++) {
			const time = this.from + margin + this.random.below(this.to - this.from - 2 * margin);
			const local = time + this.officeOffset * 3600;
			const hour = Math.floor(local / 3600) % 24;
			if (isWeekday(local) && hour >= 9 && hour < 18) return time;
		}
		return this.from + margin;
	}

	/** In key order, as a listing has them. */
	chartsAt(timeSeconds: number): Chart[] {
		return this.charts.filter(({ sinceSeconds }) => sinceSeconds < timeSeconds);
	}

	/** A moment in the middle third of the window, to the second. */
	middle(): number {
		const length = this.to - this.from;
		return Math.floor(this.from + length / 3 + this.random.below(Math.floor(length / 3)));
	}

	userName(): string {
		return this.#userNames.shift() ?? `robot-${this.random.below(1000)}`;
	}

	clusterName(): string {
		return this.#clusterNames.shift() ?? `cluster-${this.random.below(1000)}`;
	}

	user(name: string): string {
		return `arn:aws:iam::${this.account}:user/${name}`;
	}

	role(name: string, session: string): string {
		return `arn:aws:sts::${this.account}:assumed-role/${name}/${session}`;
	}

	/** An address of AWS in the bucket's Region, as a NAT gateway or an instance has it. */
	natAddress(): Source {
		const network = this.random.pick(["192.0.2", "198.51.100"]);
		return this.#unused(() => `${network}.${1 + this.random.below(254)}`, this.region);
	}

	crossRegionAddress(): Source {
		const { remoteIp } = this.natAddress();
		return { remoteIp, sourceRegion: this.random.pick(regions.filter((region) => region !== this.region)) };
	}

	/** An office, a data centre, a laptop. */
	internetAddress(): Source {
		return this.#unused(() => `203.0.113.${1 + this.random.below(254)}`, "-");
	}

	/** Behind a gateway endpoint S3 sees the private address. */
	privateAddress(): Source {
		return this.#unused(() => `10.${this.random.below(3)}.${this.random.below(16)}.${this.#octet()}`, "-");
	}

	ipv6Address(sourceRegion = this.region): Source {
		const part = () => this.random.below(0xffff).toString(16);
		return this.#unused(() => `2001:db8:${part()}:${part()}::${part()}`, sourceRegion);
	}

	#octet(): number {
		return 4 + this.random.below(250);
	}

	#unused(draw: () => string, sourceRegion: string): Source {
		let remoteIp = draw();
		while (this.#addresses.has(remoteIp)) remoteIp = draw();
		this.#addresses.add(remoteIp);
		return { remoteIp, sourceRegion };
	}

	request(asker: Asker, timeSeconds: number, operation: string, key: string, query = ""): Draft {
		const draft = requestDraft(this.random, this.bucket, asker, operation, key, query);
		draft.timeSeconds = Math.floor(timeSeconds);
		return draft;
	}

	/** A whole download. */
	get(asker: Asker, timeSeconds: number, { key, sizeBytes }: Pick<Chart, "key" | "sizeBytes">): Draft {
		const draft = this.request(asker, timeSeconds, "REST.GET.OBJECT", key);
		draft.bytesSent = sizeBytes;
		draft.objectSizeBytes = sizeBytes;
		return draft;
	}

	/** The only page of a listing, with `keys` keys. */
	list(asker: Asker, timeSeconds: number, query: string, keys = this.chartsAt(timeSeconds).length): Draft {
		const draft = this.request(asker, timeSeconds, "REST.GET.BUCKET", "-", query);
		draft.bytesSent = 290 + 331 * Math.min(keys, 1000);
		return draft;
	}

	put(asker: Asker, timeSeconds: number, key: string, sizeBytes: number): Draft {
		const draft = this.request(asker, timeSeconds, "REST.PUT.OBJECT", key);
		draft.objectSizeBytes = sizeBytes;
		return draft;
	}
}

/** The answer with an error; HEAD answers have no body. */
export function failed(draft: Draft, status: string, errorCode: string): Draft {
	draft.status = status;
	draft.errorCode = errorCode;
	draft.bytesSent = draft.operation.includes(".HEAD.") ? 0 : status === "403" ? 243 : 308;
	draft.objectSizeBytes = undefined;
	return draft;
}

export function isWeekday(timeSeconds: number): boolean {
	const day = new Date(timeSeconds * 1000).getUTCDay();
	return day !== 0 && day !== 6;
}

export function shuffled<T>(random: Random, values: readonly T[]): T[] {
	const copy = [...values];
	for (let last = copy.length - 1; last > 0; last--) {
		const other = random.below(last + 1);
		[copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
	}
	return copy;
}
