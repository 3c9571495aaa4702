/**
 * Flows as leaves for `contributions.ts`: one per actor, operation and status that is active in the compared windows.
 * In: requests per hour of each flow before and after. Out: leaves with a number per dimension value, and their names.
 */
import type { Case } from "../model/case.ts";
import type { Leaves } from "./contributions.ts";

/** In order of preference; see `Leaves`. */
export const cubeDimensions = [
	"iam-user",
	"client",
	"source-ip",
	"cluster",
	"software",
	"operation",
	"status",
	"network-path",
	"bucket",
] as const;

export interface Rates {
	/** Per flow, per hour. */
	before: Float64Array;
	after: Float64Array;
	hoursBefore: number;
	hoursAfter: number;
}

export interface Cube extends Leaves {
	/** Value names by dimension and number. */
	names: readonly (readonly string[])[];
	/** Flow ids of each leaf. */
	flows: readonly (readonly number[])[];
}

/** Leaves kept apart, those with the most requests; the others are one leaf, "(other)". */
const maxLeaves = 2_000;
export const otherName = "(other)";
/** Deviations that chance may make of a leaf's difference, and how much more than Poisson's requests vary. */
const deviations = 3;
const overdispersion = 2;

export function cubeOf(
	{ flows, actors, actorOf }: Case,
	rates: Rates,
	isIn: (flow: number) => boolean,
): Cube {
	const groups = new Map<string, number[]>();
	const weight = (flow: number) => rates.before[flow]! + rates.after[flow]!;
	for (let flow = 0; flow < flows.length; flow++) {
		if (weight(flow) === 0 || !isIn(flow)) continue;
		const { operation, status } = flows[flow]!;
		const key = `${actorOf[flow]} ${status} ${operation}`;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [flow]);
		else group.push(flow);
	}
	const sum = (group: readonly number[], of: (flow: number) => number) =>
		group.reduce((total, flow) => total + of(flow), 0);
	const sorted = [...groups.values()]
		.map((group) => ({ group, requests: sum(group, weight) }))
		.sort((a, b) => b.requests - a.requests || a.group[0]! - b.group[0]!)
		.map(({ group }) => group);
	const kept = sorted.slice(0, maxLeaves);
	const pooled = sorted.slice(maxLeaves).flat();
	const leaves = pooled.length === 0 ? kept : [...kept, pooled];
	const numbered = cubeDimensions.map((dimension) => {
		const names: string[] = [];
		const numbers = new Map<string, number>();
		const values = Int32Array.from(leaves, (group, leaf) => {
			const flow = group[0]!;
			const value =
				leaf === maxLeaves ? otherName : valueIn(dimension, actors[actorOf[flow]!]!, flows[flow]!);
			const known = numbers.get(value);
			if (known !== undefined) return known;
			numbers.set(value, names.length);
			return names.push(value) - 1;
		});
		return { names, values };
	});
	const before = Float64Array.from(leaves, (group) => sum(group, (flow) => rates.before[flow]!));
	const after = Float64Array.from(leaves, (group) => sum(group, (flow) => rates.after[flow]!));
	const noise = before.map(
		(rate, leaf) =>
			deviations *
			Math.sqrt(
				overdispersion *
					(rate / Math.max(1, rates.hoursBefore) + after[leaf]! / Math.max(1, rates.hoursAfter)),
			),
	);
	return {
		dimensions: cubeDimensions,
		values: numbered.map(({ values }) => values),
		sizes: numbered.map(({ names }) => names.length),
		names: numbered.map(({ names }) => names),
		before,
		after,
		noise,
		flows: leaves,
	};
}

function valueIn(
	dimension: (typeof cubeDimensions)[number],
	actor: Case["actors"][number],
	flow: Case["flows"][number],
): string {
	switch (dimension) {
		case "iam-user":
			return actor.iamUser;
		case "client":
			return actor.client;
		case "source-ip":
			return actor.sourceIp;
		case "cluster":
			return actor.cluster;
		case "software":
			return actor.software;
		case "network-path":
			return actor.networkPath;
		case "bucket":
			return actor.bucket;
		case "operation":
			return flow.operation;
		case "status":
			return flow.status;
	}
}
