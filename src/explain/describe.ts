/**
 * What carries a change, in words of dimensions. In: a cube. Out: contributions, those that go with the net change
 * first, each with the flows it stands for.
 */
import type { Contribution } from "../model/diagnosis.ts";
import { explain, type Part } from "./contributions.ts";
import type { Cube } from "./cube.ts";

export interface Told {
	contribution: Contribution;
	flows: number[];
}

/** Values that name nothing. */
const empty = new Set(["unmapped", "-", "unknown"]);

/** `net`: after minus before of everything in the cube. */
export function contributionsOf(cube: Cube, net: number): Told[] {
	const direction = net < 0 ? -1 : 1;
	const free = new Uint8Array(cube.before.length).fill(1);
	return [direction, -direction].flatMap((sign) =>
		explain(cube, sign as 1 | -1, free)
			.map((part): Told => ({ contribution: contributionOf(cube, part, net), flows: flowsOf(cube, part) }))
			.sort((a, b) => Math.abs(b.contribution.share) - Math.abs(a.contribution.share)),
	);
}

function flowsOf(cube: Cube, { leaves }: Part): number[] {
	return Array.from(leaves).flatMap((leaf) => [...cube.flows[leaf]!]);
}

function contributionOf(cube: Cube, part: Part, net: number): Contribution {
	const named = part.chosen.length > 0 ? part : everything(cube, part);
	const text = (pairs: Part["chosen"]) =>
		pairs.map(([dimension, value]) => [cube.dimensions[dimension]!, cube.names[dimension]![value]!] as const);
	return {
		dimensions: Object.fromEntries(text(named.chosen)),
		sameAs: Object.fromEntries(text(named.sameAs).filter(([, name]) => !empty.has(name))),
		share: net === 0 ? 0 : (part.after - part.before) / net,
		before: part.before,
		after: part.after,
	};
}

/** All requests, by the first names that all of them share; the bucket is always one. */
function everything(cube: Cube, { leaves }: Part): Pick<Part, "chosen" | "sameAs"> {
	const shared = cube.values.flatMap((values, dimension) => {
		const value = values[leaves[0]!]!;
		const isShared = leaves.every((leaf) => values[leaf] === value);
		return isShared && !empty.has(cube.names[dimension]![value]!) ? [[dimension, value] as const] : [];
	});
	return { chosen: shared.slice(0, 1), sameAs: shared.slice(1) };
}
