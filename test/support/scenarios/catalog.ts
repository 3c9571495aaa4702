/**
 * The scenarios that every version of the diagnosis must get right, as data: test/scenarios.test.ts runs them all.
 */
import { type BaseOptions, makeBase } from "./base.ts";
import { changeAt } from "./expected.ts";
import { oddities } from "./oddities.ts";
import { amazon } from "./people.ts";
import * as problems from "./problems.ts";
import { rollout } from "./rollout.ts";
import type { Scenario } from "./scenario.ts";

/** A base with one thing wrong. */
function planted(
	name: string,
	says: string,
	problem: problems.Problem,
	more: Partial<Scenario> & { base?: Partial<BaseOptions> } = {},
): Scenario {
	const { base: options, ...rest } = more;
	return {
		name,
		says,
		parts: (world) => {
			const base = makeBase(world, options);
			return [base, problem(world, base)];
		},
		...rest,
	};
}

const nobodyLeft = { hasForgotten: false, hasEarlyBird: false };
/** Nothing else lists or sweeps. */
const alone = { base: { clusters: 0 } };

const stories: Scenario[] = [
	{
		name: "story",
		says: "one user, an upgrade in one cluster, a forgotten one that goes on; no cluster map",
		parts: (world) => [rollout(world)],
	},
	{
		name: "story-with-map",
		says: "the same, and the map does not have the forgotten cluster",
		hasMap: true,
		parts: (world) => [rollout(world, { isNat: true })],
	},
	{
		name: "story-among-others",
		says: "the story in a bucket that many others use",
		hasMap: true,
		parts: (world) => [makeBase(world), rollout(world)],
	},
	{
		name: "story-with-roles",
		says: "roles whose sessions differ from pod to pod",
		parts: (world) => [rollout(world, { identity: "role" })],
	},
	{
		name: "story-over-ipv6",
		says: "clusters that are seen by their IPv6 addresses",
		hasMap: true,
		parts: (world) => [rollout(world, { network: "ipv6" })],
	},
	{
		name: "overlapping-vpcs",
		says: "two VPCs with the same private address behind gateway endpoints; one is upgraded",
		parts: (world) => [rollout(world, { network: "endpoint", hasSharedAddress: true })],
	},
	{
		name: "lost-and-twice",
		says: "the story, with 4 % of the log objects lost and 8 % there twice",
		delivery: { objectSeconds: 1800, missingShare: 0.04, duplicatedShare: 0.08, lateShare: 0.02 },
		parts: (world) => [rollout(world)],
	},
	{
		name: "slow-rollout",
		says: "the story, but both versions run behind one address for five hours",
		hasMap: true,
		parts: (world) => [rollout(world, { rollingSeconds: 5 * 3600 })],
	},
	{
		name: "finished-rollout",
		says: "three clusters upgraded one after the other, nobody left behind",
		hasMap: true,
		parts: (world) => [rollout(world, { ...nobodyLeft, from: "0.15.0", upgraded: 3 })],
	},
	{
		name: "finished-rollout-of-0.13",
		says: "the sweeps end everywhere with the upgrade",
		parts: (world) => [rollout(world, { ...nobodyLeft, upgraded: 2 })],
	},
	{
		name: "downgrade",
		says: "somebody goes back to 0.13.1, and the sweeps begin",
		parts: (world) => [rollout(world, { ...nobodyLeft, from: "0.16.1", to: "0.13.1" })],
	},
];

const quietOnes: Scenario[] = [
	{
		name: "clean-month",
		says: "four weeks with days, nights and weekends, and nothing wrong",
		world: { days: 28, charts: 40 },
		parts: (world) => [makeBase(world, { pullsPerDay: 150 })],
	},
	{
		name: "clean-with-map",
		says: "a map, roles, gateway endpoints, and nothing wrong",
		world: { days: 7 },
		hasMap: true,
		parts: (world) => [makeBase(world, { identity: "role", network: "endpoint", clusters: 3 })],
	},
	{
		name: "clean-but-odd",
		says: "a spike, a fleet, a moved cluster, one that is off at night, a gap in the log, and nothing wrong",
		world: { days: 9 },
		hasMap: true,
		delivery: (world) => ({ objectSeconds: 3600, gap: { from: world.to - 200_000, to: world.to - 188_000 } }),
		parts: (world) => {
			const base = makeBase(world, { pullsPerDay: 120 });
			return [base, ...Object.values(oddities).map((oddity) => oddity(world, base))];
		},
	},
	{
		name: "tiny",
		says: "six hours of hardly anything",
		world: { days: 0.25 },
		parts: (world) => [makeBase(world, { clusters: 1, isSparse: true })],
	},
	{
		name: "amazon-itself",
		says: "replication, lifecycle, deliveries and CloudFront are most of the requests",
		parts: (world) => [makeBase(world), { drafts: amazon(world, 2500) }],
	},
	{
		name: "growth",
		says: "everybody downloads more each day, and nobody is to blame",
		world: { days: 5 },
		parts: (world) => [
			{
				...makeBase(world, { pullsPerDay: 600, growth: 3, clusters: 4 }),
				allowed: ["request-surge"],
				never: ["request-drop"],
				mayChanges: [changeAt(world.from, "up", world.options.days * 1440)],
				hasNoCulprit: true,
			},
		],
	},
	{
		name: "newest-hours",
		says: "a job ends while its last records are still to be delivered",
		delivery: (world) => ({
			layout: "delivery",
			objectSeconds: 3600,
			seenAtSeconds: world.to,
			lateShare: 0.1,
		}),
		parts: (world) => [
			makeBase(world),
			{
				drafts: problems.job(world, "down", world.to - 5400).drafts,
				never: ["request-drop", "request-surge"],
			},
		],
	},
];

const troubles: Scenario[] = [
	{
		name: "opposite-changes",
		says: "one job begins and another ends on the same day",
		world: { days: 5 },
		parts: (world) => {
			const noon = world.from + 2.5 * 86_400;
			const [first, second] = [noon - 13_000, noon + 14_000];
			return [makeBase(world), problems.job(world, "up", first), problems.job(world, "down", second)];
		},
	},
	planted("comes-and-goes", "a stray cluster appears, disappears and comes back", problems.comesAndGoes, {
		hasMap: true,
		world: { days: 7 },
	}),
	planted(
		"unknown-twin",
		"the same identity from an address that is not in the map",
		problems.unknownCluster,
		{
			hasMap: true,
		},
	),
	planted(
		"three-replicas",
		"0.13.1 with three replicas",
		(world, base) => problems.sweepingCluster(world, base, 3),
		{
			hasMap: true,
		},
	),
	planted("invalid-package", "two packages that never enter the index", problems.brokenPackages),
	planted("restarts", "pods without a state file that are killed every few hours", problems.restarts),
	planted("list-on-request", "0.12 lists for every `helm repo update`", problems.listingOnRequest, alone),
	planted("reindex", "CI that runs `helm s3 reindex` after every build", problems.reindexing),
	planted("nat", "packages through a NAT gateway", problems.throughNat, { hasMap: true }),
	planted("internet", "packages to a data centre", problems.toTheInternet, { delivery: { layout: "flat" } }),
	planted("cross-region", "packages to another Region", problems.acrossRegions),
	planted("not-found-loop", "a program asks for what is not there", (world) =>
		problems.errorLoop(world, "404"),
	),
	planted("denied-loop", "a program asks for what it may not see", (world) =>
		problems.errorLoop(world, "403"),
	),
	planted("anonymous", "anybody can download", problems.anonymousReader),
	planted("same-again", "a build downloads the same package each time", problems.sameAgain),
	planted("list-loop", "a script lists six thousand times a day", problems.listLoop),
];

export const scenarios: readonly Scenario[] = [...stories, ...quietOnes, ...troubles];
