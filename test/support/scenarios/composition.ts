/**
 * A random scenario: a base with nothing wrong, some oddities that are no problem, and none to three that are.
 * In: a seed. Out: a scenario whose name tells what is in it. The bench measures precision and recall with these.
 */
import { Random } from "../random.ts";
import { type BaseOptions, makeBase } from "./base.ts";
import { oddities } from "./oddities.ts";
import * as problems from "./problems.ts";
import { type RolloutOptions, rollout } from "./rollout.ts";
import type { Scenario } from "./scenario.ts";
import { shuffled } from "./world.ts";

interface Plantable {
	problem: problems.Problem;
	/** Nothing can be known of it without a map. */
	needsMap?: true;
}

const plantable: Record<string, Plantable> = {
	"sweeping-cluster": { problem: (world, base) => problems.sweepingCluster(world, base) },
	"two-replicas": { problem: (world, base) => problems.sweepingCluster(world, base, 2) },
	"unknown-cluster": { problem: problems.unknownCluster, needsMap: true },
	"comes-and-goes": { problem: problems.comesAndGoes, needsMap: true },
	story: { problem: (world) => rollout(world) },
	"finished-rollout": { problem: (world) => rollout(world, { ...nobodyLeft, from: "0.15.0", upgraded: 2 }) },
	"broken-packages": { problem: problems.brokenPackages },
	restarts: { problem: problems.restarts },
	"list-on-request": { problem: problems.listingOnRequest },
	reindex: { problem: problems.reindexing },
	nat: { problem: problems.throughNat, needsMap: true },
	internet: { problem: problems.toTheInternet },
	"cross-region": { problem: problems.acrossRegions },
	"not-found-loop": { problem: (world) => problems.errorLoop(world, "404") },
	"denied-loop": { problem: (world) => problems.errorLoop(world, "403") },
	anonymous: { problem: problems.anonymousReader },
	"same-again": { problem: problems.sameAgain },
	"list-loop": { problem: problems.listLoop },
	"job-begins": { problem: (world) => problems.job(world, "up") },
	"job-ends": { problem: (world) => problems.job(world, "down") },
};
const nobodyLeft: Partial<RolloutOptions> = { hasForgotten: false, hasEarlyBird: false };

/** Of all compositions; the others have one to three problems. */
const cleanShare = 0.3;
const maxProblems = 3;
/** Of each oddity to be there. */
const oddShare = 0.2;

export function composition(seed: number): Scenario {
	const random = new Random(seed * 104_729 + 3);
	const hasMap = random.below(2) === 0;
	const names = plantedNames(random, hasMap);
	const options: Partial<BaseOptions> = {
		clusters: 1 + random.below(3),
		release: random.pick(["0.14.0", "0.15.0", "0.16.1", "0.16.2"]),
		network: random.pick(["nat", "nat", "endpoint", "ipv6"]),
		identity: random.pick(["user", "role"]),
		pullsPerDay: 20 + random.below(150),
		growth: 1 + random.fraction() * 0.3,
		isSparse: random.below(4) === 0,
	};
	const odd = Object.values(oddities).filter(() => random.fraction() < oddShare);
	const isLossy = random.below(4) === 0;
	return {
		name: names.length === 0 ? "clean" : names.join(" + "),
		says: `composition ${seed}`,
		hasMap,
		world: {
			days: 3 + random.below(6),
			charts: 24 + random.below(17),
			pushesPerDay: random.below(3) / 2,
			strength: 0.5 + random.fraction() * 1.5,
		},
		delivery: {
			layout: random.pick(["event-day", "delivery", "flat"]),
			lateShare: random.fraction() * 0.01,
			missingShare: isLossy ? 0.02 : 0,
			duplicatedShare: isLossy ? 0.03 : 0,
			objectSeconds: isLossy ? 1800 : 4 * 3600,
		},
		parts: (world) => {
			const base = makeBase(world, options);
			const harmless = odd.map((oddity) => oddity(world, base));
			return [base, ...harmless, ...names.map((name) => plantable[name]!.problem(world, base))];
		},
	};
}

function plantedNames(random: Random, hasMap: boolean): string[] {
	if (random.fraction() < cleanShare) return [];
	const possible = Object.entries(plantable).filter(([, { needsMap }]) => hasMap || needsMap === undefined);
	const names = possible.map(([name]) => name);
	return shuffled(random, names).slice(0, 1 + random.below(maxProblems));
}
