/**
 * What can be wrong with a chart bucket, one function each: it adds requests to a base, and says what must be found.
 * In: a world and the base that it happens in. Out: a `Part`. The bench mixes them, the catalogue picks them.
 */
import { awsCli, helmS3 } from "../chart-bucket.ts";
import type { Draft } from "../log-line.ts";
import type { Asker } from "../request-draft.ts";
import type { Base } from "./base.ts";
import { timerSeconds } from "./base.ts";
import { chartmuseum, type Deployment } from "./chartmuseum.ts";
import { changeAt, type MapEntry, type Part } from "./expected.ts";
import { helmReindex } from "./people.ts";
import { arrivals } from "./rhythm.ts";
import { failed, type Source, type World } from "./world.ts";

export type Problem = (world: World, base: Base) => Part;

const boto =
	"Boto3/1.35.10 md/Botocore#1.35.10 ua/2.0 os/linux#5.10.226 md/arch#x86_64 lang/python#3.12.5 " +
	"md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.10";

/** A program of a role of its own, which nobody else uses. */
function program(world: World, source: Source, userAgent = boto): Asker & { role: string } {
	const role = `job-${1000 + world.random.below(9000)}`;
	return { ...source, requester: world.role(role, "main"), userAgent, role };
}

/** A cluster of the team with a ChartMuseum that the base does not have; the map knows it. */
function clusterOf(
	world: World,
	base: Base,
	pod: number,
	more: Partial<Deployment> = {},
): { deployment: Deployment; ip: string; mapEntries: MapEntry[] } {
	const source = world.natAddress();
	const deployment: Deployment = {
		release: "0.16.1",
		source,
		requester: () => base.requester(pod),
		intervalSeconds: timerSeconds,
		hasState: true,
		...more,
	};
	const ip = source.remoteIp;
	return { deployment, ip, mapEntries: [{ ip, cluster: world.clusterName(), isNat: false }] };
}

const getsOf = (drafts: readonly Draft[]) =>
	drafts.filter(({ operation, rawKey }) => operation === "REST.GET.OBJECT" && rawKey.endsWith(".tgz")).length;
const listsOf = (drafts: readonly Draft[]) =>
	drafts.filter(({ operation }) => operation === "REST.GET.BUCKET").length;
const daysOf = ({ from, to }: World) => (to - from) / 86_400;

/** A mapped cluster of the team whose ChartMuseum is still 0.13.1, with any number of replicas. */
export function sweepingCluster(world: World, base: Base, replicas = 1): Part {
	const intervalSeconds = (30 + world.random.below(31)) * 60;
	const settings = { release: "0.13.1", intervalSeconds, replicas } as const;
	const { deployment, ip, mapEntries } = clusterOf(world, base, 900, settings);
	const drafts = chartmuseum(world, deployment);
	const numbers = {
		sweepsPerDay: (86_400 / intervalSeconds) * replicas,
		keysPerSweep: getsOf(drafts) / listsOf(drafts),
		wastedRequests: getsOf(drafts),
	};
	const facts = { requester: base.principal, sourceIps: [ip], cause: /0\.13/, numbers };
	return {
		drafts,
		mapEntries,
		findings: [{ id: "chartmuseum-sweep", severity: "warn", facts }],
		...mayBeStray(ip),
	};
}

/** It is older than the others, and without a map nobody knows whose it is. */
function mayBeStray(ip: string): Pick<Part, "allowed" | "mayName"> {
	const ids = ["stale-client", "stray-cluster"];
	return { allowed: ids, mayName: [{ ids, ips: [ip] }] };
}

/** A source that the map does not have, with the identity of those that it has. */
export function unknownCluster(world: World, base: Base): Part {
	const { deployment, ip } = clusterOf(world, base, 901);
	const facts = { sourceIps: [ip] };
	return {
		drafts: chartmuseum(world, deployment),
		findings: [{ id: "stray-cluster", severity: "warn", facts }],
	};
}

/** A cluster of an experiment: it sweeps for some days, is gone, and comes back. Not in the map. */
export function comesAndGoes(world: World, base: Base): Part {
	const source = world.natAddress();
	const shared = { release: "0.13.1", source, intervalSeconds: 1800, hasState: false } as const;
	const hours = (share: number) => Math.floor((world.to - world.from) * share) + world.random.below(7200);
	const [appears, leaves, returns] = [0.2, 0.45, 0.75].map((share) => world.from + hours(share));
	const drafts = [
		...chartmuseum(world, { ...shared, requester: () => base.requester(905), from: appears!, to: leaves! }),
		...chartmuseum(world, { ...shared, requester: () => base.requester(906), from: returns! }),
	];
	const facts = { sourceIps: [source.remoteIp] };
	const seen = { firstSeen: appears!, lastSeen: world.to };
	return {
		drafts,
		findings: [
			{ id: "stray-cluster", severity: "warn", facts: { ...facts, times: seen } },
			{ id: "chartmuseum-sweep", severity: "warn", facts },
		],
		changes: [changeAt(appears!, "up"), changeAt(leaves!, "down"), changeAt(returns!, "up")],
		allowed: ["request-surge", "request-drop", "stale-client"],
		mayName: [{ ids: ["stale-client"], ips: [source.remoteIp] }],
	};
}

/** Packages that are no archives: never in the index, downloaded on each pass. */
export function brokenPackages(world: World, base: Base): Part {
	const broken = [1, 2].map((number) => ({
		key: `${world.random.pick(["legacy", "upload", "test"])}-${world.random.below(100)}.${number}.0.tgz`,
		sizeBytes: 900_000 + world.random.below(4_000_000),
		sinceSeconds: 0,
	}));
	const { deployment, ip, mapEntries } = clusterOf(world, base, 902, { broken });
	const mentions = broken.map(({ key }) => key);
	const facts = { sourceIps: [ip], mentions, cause: /invalid|duplicate|broken/i };
	return {
		drafts: chartmuseum(world, deployment),
		mapEntries,
		findings: [{ id: "chartmuseum-sweep", severity: "any", facts }],
		allowed: ["repeat-download"],
	};
}

/** A pod that is killed every few hours and has no state file: everything is new to it each time. */
export function restarts(world: World, base: Base): Part {
	const every = (2 + world.random.below(2)) * 3600;
	const times: number[] = [];
	for (let time = world.from + 1800; time < world.to - 600; time += every)
		times.push(time + world.random.below(600));
	const { deployment, ip, mapEntries } = clusterOf(world, base, 903, { hasState: false, restarts: times });
	const numbers = { sweepsPerDay: times.length / daysOf(world) };
	const facts = { sourceIps: [ip], cause: /restart|state/i, numbers };
	return {
		drafts: chartmuseum(world, deployment),
		mapEntries,
		findings: [{ id: "chartmuseum-sweep", severity: "any", facts }],
	};
}

/** ChartMuseum 0.12: a listing for every `helm repo update`. */
export function listingOnRequest(world: World, base: Base): Part {
	const indexRequests = arrivals(world, { perDay: 1500 * world.options.strength, rhythm: "service" });
	const { deployment, ip, mapEntries } = clusterOf(world, base, 904, { release: "0.12.0", indexRequests });
	const drafts = chartmuseum(world, deployment);
	const numbers = { listsPerDay: listsOf(drafts) / daysOf(world) };
	// Timers of other clusters are listings too.
	const facts = base.clusters.length > 0 ? { mentions: [ip] } : { sourceIps: [ip], numbers };
	const stray = mayBeStray(ip);
	return {
		drafts,
		mapEntries,
		findings: [{ id: "chartmuseum-listing", severity: "any", facts }],
		...stray,
		allowed: ["list-storm", ...(stray.allowed ?? [])],
	};
}

/** CI that makes the whole index anew after every build. */
export function reindexing(world: World): Part {
	const source = world.natAddress();
	const role = `chart-build-${world.random.below(100)}`;
	let run = world.random.below(1000);
	const drafts = arrivals(world, { perDay: 70 * world.options.strength, rhythm: "service" }).flatMap((time) =>
		helmReindex(world, { ...source, requester: world.role(role, `run-${++run}`), userAgent: helmS3 }, time),
	);
	return { drafts, findings: [{ id: "reindex-cost", severity: "any", facts: { mentions: [role] } }] };
}

/** A steady reader of packages, which makes bytes; not one package again and again. */
function reader(world: World, source: Source, perDay: number): Draft[] {
	const asker = program(world, source);
	return arrivals(world, { perDay, rhythm: "flat" }).map((time) =>
		world.get(asker, time, world.random.pick(world.charts)),
	);
}

const bytesOf = (drafts: readonly Draft[]) => drafts.reduce((sum, { bytesSent }) => sum + bytesSent, 0);

/** Needs a map that says NAT. */
export function throughNat(world: World): Part {
	const source = world.natAddress();
	const drafts = reader(world, source, 600);
	const facts = { sourceIps: [source.remoteIp], numbers: { bytes: bytesOf(drafts) } };
	return {
		drafts,
		mapEntries: [{ ip: source.remoteIp, cluster: world.clusterName(), isNat: true }],
		findings: [{ id: "nat-transfer", severity: "warn", facts }],
		allowed: ["repeat-download"],
	};
}

export function toTheInternet(world: World): Part {
	const source = world.internetAddress();
	const drafts = reader(world, source, 600);
	const facts = { mentions: [source.remoteIp] };
	return {
		drafts,
		findings: [{ id: "internet-egress", severity: "warn", facts }],
		allowed: ["repeat-download"],
	};
}

export function acrossRegions(world: World): Part {
	const source = world.crossRegionAddress();
	// Between Regions a byte costs a fifth of what it costs to the internet.
	const drafts = reader(world, source, 1600);
	const facts = { sourceIps: [source.remoteIp], numbers: { bytes: bytesOf(drafts) } };
	return {
		drafts,
		findings: [{ id: "cross-region-transfer", severity: "warn", facts }],
		allowed: ["repeat-download"],
	};
}

/** A program that asks in a loop for what is not there, or what it may not see. */
export function errorLoop(world: World, status: "403" | "404"): Part {
	const asker = program(world, world.natAddress());
	const key = `config/${world.random.pick(["flags", "settings", "tenants"])}.json`;
	const errorCode = status === "404" ? "NoSuchKey" : "AccessDenied";
	const drafts = arrivals(world, { perDay: 4000 * world.options.strength, rhythm: "flat" }).map((time) =>
		failed(world.request(asker, time, "REST.GET.OBJECT", key), status, errorCode),
	);
	return {
		drafts,
		findings: [{ id: "error-storm", severity: "any", facts: { mentions: [asker.role, status] } }],
	};
}

/** A bucket that is open to the world, and somebody who found it. */
export function anonymousReader(world: World): Part {
	const asker = { ...world.internetAddress(), requester: "-", userAgent: "Wget/1.21.4" };
	const drafts = arrivals(world, { perDay: 300, rhythm: "flat" }).map((time) =>
		world.get(asker, time, world.random.pick(world.charts)),
	);
	return {
		drafts,
		findings: [{ id: "anonymous-access", severity: "warn", facts: { mentions: [asker.remoteIp] } }],
		allowed: ["internet-egress", "repeat-download"],
	};
}

/** A build that downloads the same package each time. */
export function sameAgain(world: World): Part {
	const asker = program(world, world.natAddress());
	const chart = world.popular[0]!;
	const drafts = arrivals(world, { perDay: 700 * world.options.strength, rhythm: "flat" }).map((time) =>
		world.get(asker, time, chart),
	);
	return {
		drafts,
		findings: [{ id: "repeat-download", severity: "any", facts: { mentions: [chart.key, asker.role] } }],
	};
}

/** A script that lists to see whether something is new. */
export function listLoop(world: World): Part {
	const asker = program(world, world.natAddress(), awsCli);
	const query = "?list-type=2&prefix=&delimiter=%2F&encoding-type=url";
	const drafts = arrivals(world, { perDay: 6000 * world.options.strength, rhythm: "flat" }).map((time) =>
		world.list(asker, time, query),
	);
	return { drafts, findings: [{ id: "list-storm", severity: "any", facts: { mentions: [asker.role] } }] };
}

/** A job that reads objects of its own, each once, and begins or ends in the window. */
export function job(world: World, direction: "up" | "down", atSeconds = world.middle()): Part {
	const asker = program(world, world.natAddress());
	const span = direction === "up" ? { from: atSeconds } : { to: atSeconds };
	const drafts = arrivals(world, { ...span, perDay: 5000 * world.options.strength, rhythm: "flat" }).map(
		(time, index) => world.get(asker, time, { key: `exports/${atSeconds}/${index}.json`, sizeBytes: 12_000 }),
	);
	const id = direction === "up" ? "request-surge" : "request-drop";
	return {
		drafts,
		findings: [{ id, severity: "any", facts: { times: { time: atSeconds }, mentions: [asker.role] } }],
		changes: [changeAt(atSeconds, direction)],
	};
}
