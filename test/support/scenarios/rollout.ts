/**
 * The story that chartcost exists for, with names, addresses and times of its own in each world: ChartMuseum is
 * upgraded in one cluster at a certain minute, one cluster had it before, and a forgotten one goes on as it was.
 * In: a world and which versions, sources and clusters there are. Out: drafts and what the diagnosis must say.
 */
import type { Draft } from "../log-line.ts";
import type { BaseOptions } from "./base.ts";
import { addressOf, identityOf, timerSeconds } from "./base.ts";
import { chartmuseum, chartmuseumAsker, clientOf, type Deployment, type Release } from "./chartmuseum.ts";
import { changeAt, type ExpectedFinding, type Part } from "./expected.ts";
import { pulls } from "./people.ts";
import type { Source, World } from "./world.ts";

export interface RolloutOptions {
	from: Release;
	to: Release;
	network: BaseOptions["network"];
	identity: BaseOptions["identity"];
	/** Minutes between two passes of the old version; 0.13 downloads everything on each. */
	intervalMinutes: number;
	/** Clusters that are upgraded in the window, one hour after the other. */
	upgraded: number;
	/** Between the two replicas of a cluster: until then both versions run. */
	rollingSeconds: number;
	/** One cluster was upgraded before the window. */
	hasEarlyBird: boolean;
	hasForgotten: boolean;
	/** The forgotten cluster is in another VPC and has the same private address. */
	hasSharedAddress: boolean;
	/** The map says that NAT gateways are what it names. */
	isNat: boolean;
}

export const defaultRollout: RolloutOptions = {
	from: "0.13.1",
	to: "0.16.1",
	network: "nat",
	identity: "user",
	intervalMinutes: 40,
	upgraded: 1,
	rollingSeconds: 34,
	hasEarlyBird: true,
	hasForgotten: true,
	hasSharedAddress: false,
	isNat: false,
};

interface Place {
	cluster: string;
	source: Source;
	/** Unix seconds; infinite: never. */
	upgradeSeconds: number;
}

const replicas = 2;

export function rollout(world: World, options: Partial<RolloutOptions> = {}): Part {
	const wanted = { ...defaultRollout, ...options };
	const { principal, requester } = identityOf(world, wanted.identity);
	const place = (upgradeSeconds: number): Place => ({
		cluster: world.clusterName(),
		source: addressOf(world, wanted.network),
		upgradeSeconds,
	});
	const first = world.middle();
	const upgraded = Array.from({ length: wanted.upgraded }, (_, index) =>
		place(first + index * (3600 + world.random.below(1800))),
	);
	const early = wanted.hasEarlyBird ? [place(0)] : [];
	const forgotten = wanted.hasForgotten ? [place(Number.POSITIVE_INFINITY)] : [];
	const [twin] = upgraded;
	if (wanted.hasSharedAddress && twin !== undefined) for (const each of forgotten) each.source = twin.source;
	const drafts = [...upgraded, ...early, ...forgotten].flatMap((each, index) =>
		runCluster(world, wanted, each, (pod) => requester(index * 100 + pod)),
	);
	return {
		drafts,
		mapEntries: [...upgraded, ...early].map(({ cluster, source }) => ({
			ip: source.remoteIp,
			cluster,
			isNat: wanted.isNat,
		})),
		...truthOf(wanted, principal, upgraded, forgotten, drafts),
	};
}

function runCluster(
	world: World,
	wanted: RolloutOptions,
	{ source, upgradeSeconds }: Place,
	requester: (pod: number) => string,
): Draft[] {
	const shared = { source, hasState: true };
	const drafts: Draft[] = [];
	/** One by one: a benchmark's weeks of sweeps are more than a call takes as arguments. */
	const add = (more: readonly Draft[]): void => {
		for (const draft of more) drafts.push(draft);
	};
	for (let replica = 0; replica < replicas; replica++) {
		const upgrade = upgradeSeconds + replica * wanted.rollingSeconds;
		if (upgrade > world.from)
			add(
				chartmuseum(world, {
					...shared,
					release: wanted.from,
					requester: () => requester(replica),
					intervalSeconds: wanted.from === "0.13.1" ? wanted.intervalMinutes * 60 : timerSeconds,
					to: Math.min(upgrade, world.to),
				}),
			);
		if (upgrade < world.to)
			add(
				chartmuseum(world, {
					...shared,
					release: wanted.to,
					requester: () => requester(10 + replica),
					intervalSeconds: timerSeconds,
					...(upgrade > world.from && { from: upgrade }),
				}),
			);
	}
	const users = (time: number) => {
		const isUpgraded = time >= upgradeSeconds + replicas * wanted.rollingSeconds;
		const running: Deployment = {
			...shared,
			release: isUpgraded ? wanted.to : wanted.from,
			requester: () => requester((isUpgraded ? 10 : 0) + world.random.below(replicas)),
			intervalSeconds: timerSeconds,
		};
		return chartmuseumAsker(running);
	};
	// A forgotten cluster has few users.
	const perDay = upgradeSeconds === Number.POSITIVE_INFINITY ? 5 : 50;
	return [...drafts, ...pulls(world, users, { perDay, rhythm: "service" })];
}

const sweeps = (release: Release) => release === "0.13.1";

function truthOf(
	wanted: RolloutOptions,
	requester: string,
	upgraded: readonly Place[],
	forgotten: readonly Place[],
	drafts: readonly Draft[],
): Omit<Part, "drafts"> {
	const oldIps = forgotten.map(({ source }) => source.remoteIp);
	const upgradedIps = upgraded.map(({ source }) => source.remoteIp);
	const switches = upgraded.map(({ source }) => ({
		sourceIp: source.remoteIp,
		atSeconds: firstOf(drafts, source.remoteIp, clientOf(wanted.to)),
	}));
	const findings: ExpectedFinding[] = [];
	// One address that runs both versions from then on cannot be told from a roll-out that was given up.
	if (!wanted.hasSharedAddress)
		findings.push({
			id: "client-rollout",
			severity: "info",
			facts: { requester, from: clientOf(wanted.from), to: clientOf(wanted.to), switches },
		});
	if (forgotten.length > 0 && !wanted.hasSharedAddress) {
		const facts = { sourceIps: oldIps, mentions: [clientOf(wanted.from)] };
		findings.push({ id: "stale-client", severity: "warn", facts });
		findings.push({ id: "stray-cluster", severity: "warn", facts });
	}
	const isSweeping = sweeps(wanted.from) || sweeps(wanted.to);
	const sourceIps = sweeps(wanted.to) ? upgradedIps : oldIps;
	const facts = { requester, sourceIps, mayIps: upgradedIps, cause: /0\.13/ };
	if (isSweeping && sourceIps.length > 0) findings.push({ id: "chartmuseum-sweep", severity: "warn", facts });
	const isOneStep = isSweeping && wanted.rollingSeconds < 3600;
	return {
		findings: isOneStep ? [...findings, changeFinding(wanted, upgraded)] : findings,
		...changesOf(wanted, upgraded),
		allowed: [
			// Sweeps that ended with the upgrade may be told or not.
			...(isSweeping ? ["chartmuseum-sweep"] : []),
			...(wanted.isNat ? ["nat-transfer"] : []),
			...(wanted.hasSharedAddress ? ["stale-client", "stray-cluster"] : []),
		],
		never: forgotten.length > 0 ? [] : ["stray-cluster", "stale-client"],
		says: wanted.hasSharedAddress ? [/private|VPC/i] : [],
	};
}

function changeFinding({ to }: RolloutOptions, [first]: readonly Place[]): ExpectedFinding {
	const id = sweeps(to) ? "request-surge" : "request-drop";
	return { id, severity: "any", facts: { times: { time: first?.upgradeSeconds ?? 0 } } };
}

function changesOf(
	{ from, to, rollingSeconds }: RolloutOptions,
	upgraded: readonly Place[],
): Pick<Part, "changes" | "mayChanges"> {
	if (!sweeps(from) && !sweeps(to)) return {};
	// Clusters that follow within hours may be one change or several.
	const changes = upgraded.map(({ upgradeSeconds }) => changeAt(upgradeSeconds, sweeps(to) ? "up" : "down"));
	if (rollingSeconds < 3600) return { changes: changes.slice(0, 1), mayChanges: changes };
	// Two steps, or one anywhere between them.
	const minutes = rollingSeconds / 120;
	const between = changes.map(({ atSeconds, direction }) =>
		changeAt(atSeconds + minutes * 60, direction, minutes + 90),
	);
	return { mayChanges: between };
}

/** When the source's first request with the client was. */
function firstOf(drafts: readonly Draft[], ip: string, client: string): number {
	let first = Number.POSITIVE_INFINITY;
	for (const { remoteIp, userAgent, timeSeconds } of drafts)
		if (remoteIp === ip && userAgent.startsWith(`${client} `)) first = Math.min(first, timeSeconds);
	return first;
}
