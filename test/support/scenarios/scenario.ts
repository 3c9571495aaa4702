/**
 * A scenario: a name, a sentence, and how to make its logs and its truth from a seed.
 * In: a seed. Out: log objects, a cluster map, and what the diagnosis must say. `catalog.ts` has them all.
 */
import type { Draft } from "../log-line.ts";
import type { Truth } from "../truth.ts";
import { type DeliveryOptions, deliver, goodDelivery, type LogObject } from "./delivery.ts";
import { clustersYaml, type Expected, type Part, together } from "./expected.ts";
import { World, type WorldOptions } from "./world.ts";

export interface Scenario {
	name: string;
	/** What the logs tell, for people. */
	says: string;
	world?: Partial<WorldOptions>;
	/** Gives the analysis the map of the parts. */
	hasMap?: boolean;
	delivery?: Partial<DeliveryOptions> | ((world: World) => Partial<DeliveryOptions>);
	parts: (world: World) => Part[];
}

export interface Staged {
	world: World;
	objects: LogObject[];
	/** Of what the objects hold. */
	truth: Truth;
	/** Everything that was sent, lost or not. */
	drafts: Draft[];
	/** `undefined`: no map is given. */
	clusters: string | undefined;
	expected: Expected;
}

export function stage(scenario: Scenario, seed: number): Staged {
	const world = new World({ ...scenario.world, seed });
	const whole = together(scenario.parts(world));
	const drafts = whole.drafts.filter(
		({ timeSeconds }) => timeSeconds >= world.from && timeSeconds < world.to,
	);
	const { delivery = {} } = scenario;
	const options = { ...goodDelivery, ...(typeof delivery === "function" ? delivery(world) : delivery) };
	const { objects, truth } = deliver(world, drafts, options);
	return {
		world,
		objects,
		truth,
		drafts,
		clusters: scenario.hasMap === true ? clustersYaml(whole.mapEntries) : undefined,
		expected: whole,
	};
}
