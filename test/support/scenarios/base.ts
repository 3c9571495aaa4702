/**
 * What is there before anything is wrong: clusters with an up-to-date ChartMuseum, their users, CI, engineers, AWS.
 * In: a world and the shape of the base. Out: a `Base`, whose truth is that there is nothing to say.
 */
import { helmS3 } from "../chart-bucket.ts";
import type { Draft } from "../log-line.ts";
import { chartmuseum, chartmuseumAsker, type Deployment, type Release } from "./chartmuseum.ts";
import type { MapEntry, Part } from "./expected.ts";
import * as people from "./people.ts";
import type { Source, World } from "./world.ts";

export interface BaseOptions {
	clusters: number;
	release: Release;
	/** What AWS sees of a cluster. */
	network: "nat" | "endpoint" | "ipv6";
	/** A role has another session in each pod. */
	identity: "user" | "role";
	/** Downloads a working day and cluster. */
	pullsPerDay: number;
	/** The whole base grows by this factor over the window. */
	growth: number;
	/** Without Terraform, sync, deliveries and the like. */
	isSparse: boolean;
}

export const defaultBase: BaseOptions = {
	clusters: 2,
	release: "0.16.1",
	network: "nat",
	identity: "user",
	pullsPerDay: 60,
	growth: 1,
	isSparse: false,
};

export interface Cluster {
	name: string;
	source: Source;
}

export interface Base extends Part {
	/** Name of the user or role that every ChartMuseum here uses. */
	principal: string;
	requester: (pod: number) => string;
	release: Release;
	clusters: Cluster[];
	mapEntries: MapEntry[];
}

/** The listing timer of 0.16. */
export const timerSeconds = 300;

/** Who the ChartMuseums are; pods of a role get sessions such as IRSA makes them. */
export function identityOf(
	world: World,
	kind: BaseOptions["identity"],
): Pick<Base, "principal" | "requester"> {
	const name = world.userName();
	if (kind === "user") return { principal: name, requester: () => world.user(name) };
	const sessions = new Map<number, string>();
	return {
		principal: name,
		requester: (pod) => {
			const known = sessions.get(pod) ?? String(1_770_000_000_000_000_000n + BigInt(world.random.next()));
			sessions.set(pod, known);
			return world.role(name, `botocore-session-${known}`);
		},
	};
}

export function addressOf(world: World, network: BaseOptions["network"]): Source {
	if (network === "nat") return world.natAddress();
	return network === "ipv6" ? world.ipv6Address() : world.privateAddress();
}

export function makeBase(world: World, options: Partial<BaseOptions> = {}): Base {
	const wanted = { ...defaultBase, ...options };
	const identity = identityOf(world, wanted.identity);
	const clusters = Array.from({ length: wanted.clusters }, () => ({
		name: world.clusterName(),
		source: addressOf(world, wanted.network),
	}));
	const drafts = clusters.flatMap(({ source }, index) => {
		const pods = 1 + world.random.below(2);
		const deployment: Deployment = {
			release: wanted.release,
			source,
			requester: (pod) => identity.requester(index * 100 + pod),
			intervalSeconds: timerSeconds,
			replicas: pods,
			hasState: true,
		};
		const asker = () => chartmuseumAsker(deployment, world.random.below(pods));
		const { pullsPerDay: perDay, growth } = wanted;
		return [
			...chartmuseum(world, deployment),
			...people.pulls(world, asker, { perDay, growth, rhythm: "service" }),
		];
	});
	return {
		...identity,
		release: wanted.release,
		clusters,
		mapEntries: clusters.map(({ name, source }) => ({ ip: source.remoteIp, cluster: name, isNat: false })),
		drafts: [
			...drafts,
			...people.continuousIntegration(world),
			...people.engineers(world, 6),
			...(wanted.isSparse ? [] : others(world)),
			...(wanted.isSparse || clusters.length === 0
				? []
				: uploadsBy(world, identity, clusters[0]!.source, wanted)),
		],
	};
}

/** Developers push snapshots through the first cluster's ChartMuseum. */
function uploadsBy(
	world: World,
	{ requester }: Pick<Base, "requester">,
	source: Source,
	{ release }: BaseOptions,
): Draft[] {
	const asker = chartmuseumAsker({ release, source, requester, intervalSeconds: timerSeconds });
	return people.chartmuseumUploads(world, asker, { perDay: 2, rhythm: "office" });
}

function others(world: World): Draft[] {
	const ci = { ...world.natAddress(), requester: world.role("ci-cleanup", "weekly"), userAgent: helmS3 };
	const cleanup = [3, 4].flatMap((hour) =>
		people.helmDelete(world, ci, world.from + hour * 3600, `obsolete-${hour}.0.0+old.tgz`),
	);
	const helm = {
		...world.natAddress(),
		requester: world.role("deploy", `i-${world.random.next().toString(16)}`),
		userAgent: helmS3,
	};
	return [
		...cleanup,
		...people.nightlySync(world),
		...people.terraformPlans(world, 3),
		...people.amazon(world, 24),
		...people.chartcostVisits(world),
		...people.helmDownloads(world, helm, { perDay: 25, rhythm: "office" }),
	];
}
