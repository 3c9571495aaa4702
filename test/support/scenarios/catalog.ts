/**
 * The scenarios that every version of the diagnosis must get right, as data: test/scenarios.test.ts runs them all.
 */
import { makeBase } from "./base.ts";
import * as problems from "./problems.ts";
import { rollout } from "./rollout.ts";
import type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [
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
		name: "clean-month",
		says: "four weeks with days, nights and weekends, and nothing wrong",
		world: { days: 28, charts: 40 },
		parts: (world) => [makeBase(world, { pullsPerDay: 150 })],
	},
	{
		name: "opposite-changes",
		says: "one job begins and another ends on the same day",
		world: { days: 5 },
		parts: (world) => {
			const noon = world.from + 2.5 * 86_400;
			return [
				makeBase(world),
				problems.job(world, "up", noon - 13_000),
				problems.job(world, "down", noon + 14_000),
			];
		},
	},
	{
		name: "invalid-package",
		says: "two packages that never enter the index",
		parts: (world) => {
			const base = makeBase(world);
			return [base, problems.brokenPackages(world, base)];
		},
	},
];
