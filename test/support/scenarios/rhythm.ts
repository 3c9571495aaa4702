/**
 * When people and their machines ask for something: Poisson arrivals that follow the day and the week.
 * In: a window, a mean per working day, a shape. Out: unix seconds in order.
 */
import type { Random } from "../random.ts";
import { isWeekday, type World } from "./world.ts";

/** `office`: working hours of working days. `service`: always, more by day. `flat`: no rhythm at all. */
export type Rhythm = "office" | "service" | "flat";

/** Share of an average hour, by local hour; each list has a mean of about 1. */
const hourWeights: Record<Rhythm, readonly number[]> = {
	office: [0, 0, 0, 0, 0, 0.1, 0.3, 0.8, 2, 3, 3.2, 2.8, 1.8, 2.6, 2.9, 2.4, 1.4, 0.5, 0.1, 0.1, 0, 0, 0, 0],
	service: [
		0.5, 0.45, 0.4, 0.4, 0.45, 0.5, 0.7, 0.9, 1.3, 1.6, 1.7, 1.6, 1.4, 1.5, 1.6, 1.5, 1.4, 1.2, 1.1, 1, 0.9,
		0.8, 0.6, 0.5,
	],
	flat: Array.from({ length: 24 }, () => 1),
};
const weekendShare: Record<Rhythm, number> = { office: 0.04, service: 0.55, flat: 1 };

export interface Arrivals {
	from?: number;
	to?: number;
	/** On a working day. */
	perDay: number;
	rhythm: Rhythm;
	/** The rate grows in equal steps by this factor from `from` to `to`. */
	growth?: number;
}

export function arrivals(world: World, wanted: Arrivals): number[] {
	const { random, officeOffset } = world;
	const { from = world.from, to = world.to, perDay, rhythm, growth = 1 } = wanted;
	const times: number[] = [];
	for (let begin = from; begin < to; begin += 3600) {
		const length = Math.min(3600, to - begin);
		const local = begin + officeOffset * 3600;
		const weight = hourWeights[rhythm][Math.floor(local / 3600) % 24] ?? 1;
		const day = isWeekday(local) ? 1 : weekendShare[rhythm];
		const grown = 1 + ((growth - 1) * (begin - from)) / (to - from);
		const mean = (perDay / 24) * weight * day * grown * (length / 3600);
		for (let left = poisson(random, mean); left > 0; left--) times.push(begin + random.below(length));
	}
	return times.sort((left, right) => left - right);
}

/** Knuth's method for small means, the normal approximation for large ones. */
export function poisson(random: Random, mean: number): number {
	if (mean > 40) {
		const sum = Array.from({ length: 12 }, () => random.fraction()).reduce((total, part) => total + part, 0);
		return Math.max(0, Math.round(mean + (sum - 6) * Math.sqrt(mean)));
	}
	const limit = Math.exp(-mean);
	let count = 0;
	for (let product = random.fraction(); product > limit; product *= random.fraction()) count++;
	return count;
}
