/**
 * Calibration of the change points: `node --import tsx test/bench/changes.ts [YEARS]` simulates quiet years and planted
 * changes and prints false alarms, misses and delays as Markdown; test/bench/CHANGES.md keeps the table.
 */
import { findLevels } from "../../src/explain/levels.ts";
import { Random } from "../support/random.ts";

const years = Number(process.argv[2] ?? 20);
/** As src/explain/steps.ts uses them for a case of ten series. */
const strictness = { minHours: 6, maxChance: 0.001 / 10, minMagnitude: 0.17 };
const monday = Date.UTC(2026, 0, 5) / 3_600_000;

interface Traffic {
	name: string;
	perHour: number;
	/** Amplitude of the day; weekends are at (1 - weekend). */
	day: number;
	weekend: number;
	/** Variance of hours over that of Poisson, by a gamma factor that neighbours share in part. */
	hourSpread: number;
	/** Standard deviation of a factor that a whole day shares. */
	daySpread: number;
	spikesPerYear: number;
	gapsPerYear: number;
}

const machine = { name: "machine, 100/h", perHour: 100, day: 0, weekend: 0, hourSpread: 0.02, daySpread: 0 };
const traffics: Traffic[] = [
	{ ...machine, spikesPerYear: 20, gapsPerYear: 12 },
	{
		name: "people, 300/h",
		perHour: 300,
		day: 0.6,
		weekend: 0.5,
		hourSpread: 0.1,
		daySpread: 0.08,
		spikesPerYear: 20,
		gapsPerYear: 12,
	},
	{
		name: "bursty, 40/h",
		perHour: 40,
		day: 0.4,
		weekend: 0.2,
		hourSpread: 0.5,
		daySpread: 0.15,
		spikesPerYear: 40,
		gapsPerYear: 12,
	},
	{
		name: "sparse, 4/h",
		perHour: 4,
		day: 0.3,
		weekend: 0,
		hourSpread: 0.3,
		daySpread: 0.1,
		spikesPerYear: 20,
		gapsPerYear: 0,
	},
];

function normal(random: Random): number {
	return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
}

function poisson(random: Random, mean: number): number {
	if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
	const limit = Math.exp(-mean);
	let product = random.fraction();
	let count = 0;
	while (product > limit) {
		product *= random.fraction();
		count++;
	}
	return count;
}

/** Requests per hour; `factor` multiplies the rate from `at` on. Hours of gaps are left out. */
function simulate(random: Random, traffic: Traffic, length: number, at = length, factor = 1) {
	const counts: number[] = [];
	const hours: number[] = [];
	const start = monday + random.below(7) * 24 + random.below(24);
	let shared = 0;
	let today = 0;
	let spike = 0;
	let gap = 0;
	for (let i = 0; i < length; i++) {
		const hour = start + i;
		if (i === 0 || hour % 24 === 0) today = traffic.daySpread * normal(random);
		shared = 0.5 * shared + Math.sqrt(0.75) * normal(random);
		if (spike === 0 && random.fraction() < traffic.spikesPerYear / 8760) spike = 1 + random.below(5);
		if (gap === 0 && random.fraction() < traffic.gapsPerYear / 8760) gap = 1 + random.below(10);
		const ofDay = 1 + traffic.day * Math.sin((((hour % 24) - 8) / 24) * 2 * Math.PI);
		const isWeekend = (hour - monday) % 168 >= 120;
		const noise = Math.exp(traffic.hourSpread * shared - traffic.hourSpread ** 2 / 2 + today);
		const rate = traffic.perHour * ofDay * (isWeekend ? 1 - traffic.weekend : 1) * noise;
		const count = poisson(random, rate * (i >= at ? factor : 1) * (spike > 0 ? 8 : 1));
		spike = Math.max(0, spike - 1);
		gap = Math.max(0, gap - 1);
		if (gap > 0) continue;
		counts.push(count);
		hours.push(hour);
	}
	return { counts: Float64Array.from(counts), hours: Int32Array.from(hours), start };
}

/** Hours at which a new level begins. */
function alarms({ counts, hours }: { counts: Float64Array; hours: Int32Array }): number[] {
	const { levels } = findLevels(counts, hours, strictness);
	return levels.slice(1).map(({ from }) => hours[from]!);
}

const lengths = [
	["a day", 24],
	["3 days", 70],
	["10 days", 240],
	["a month", 720],
	["a year", 8760],
] as const;

function quiet(): string[] {
	const rows = traffics.map((traffic) => {
		const cells = lengths.map(([, length], i) => {
			const random = new Random(1000 + i);
			const runs = Math.max(years, Math.ceil((years * 8760) / length / 4));
			let found = 0;
			for (let run = 0; run < runs; run++) found += alarms(simulate(random, traffic, length)).length;
			return `${found} in ${runs}, ${((found / (runs * length)) * 8760).toFixed(2)} a year`;
		});
		return `| ${traffic.name} | ${cells.join(" | ")} |`;
	});
	const head = lengths.map(([name]) => `logs of ${name}`).join(" | ");
	return [`| quiet traffic | ${head} |`, `|:--|${lengths.map(() => "--:|").join("")}`, ...rows];
}

const factors = [0, 0.3, 0.5, 0.7, 0.8, 1.2, 1.5, 2] as const;
const planted = [
	["3 days", 70, 40],
	["a month", 720, 500],
] as const;

/** A change counts as found when a level begins within this many hours of it. */
const nearHours = 12;

function missed(): string[] {
	const lines: string[] = [];
	for (const [name, length, at] of planted) {
		lines.push("", `| planted in ${name} | ${factors.map(sizeName).join(" | ")} |`);
		lines.push(`|:--|${factors.map(() => "--:|").join("")}`);
		for (const traffic of traffics) {
			const cells = factors.map((factor, i) => missOf(traffic, { length, at, factor, seed: 5000 + i }));
			lines.push(`| ${traffic.name} | ${cells.join(" | ")} |`);
		}
	}
	return lines;
}

function sizeName(factor: number): string {
	if (factor === 0) return "stops";
	return `${factor < 1 ? "-" : "+"}${Math.round(Math.abs(factor - 1) * 100)} %`;
}

function missOf(
	traffic: Traffic,
	{ length, at, factor, seed }: { length: number; at: number; factor: number; seed: number },
): string {
	const random = new Random(seed);
	const runs = years * 5;
	let misses = 0;
	let off = 0;
	for (let run = 0; run < runs; run++) {
		const series = simulate(random, traffic, length, at, factor);
		const distances = alarms(series).map((hour) => Math.abs(hour - series.start - at));
		const nearest = Math.min(...distances, Number.POSITIVE_INFINITY);
		if (nearest > nearHours) misses++;
		else off += nearest;
	}
	const mean = misses === runs ? "" : ` (${(off / (runs - misses)).toFixed(1)} h off)`;
	return `${Math.round((100 * misses) / runs)} %${mean}`;
}

/** How many complete hours after the change it is found in most runs, in a log that begins two weeks before it. */
function delays(): string[] {
	const steps = [6, 8, 12, 18, 24, 36, 48, 72, 120, 168];
	const before = 336;
	const rows = traffics.map((traffic) => {
		const cells = factors.map((factor) => {
			const hours = steps.find((after) => {
				const random = new Random(9000 + after);
				let found = 0;
				for (let run = 0; run < years; run++) {
					const series = simulate(random, traffic, before + after, before, factor);
					if (alarms(series).some((hour) => Math.abs(hour - series.start - before) <= nearHours)) found++;
				}
				return found >= years / 2;
			});
			return hours === undefined ? "> a week" : `${hours} h`;
		});
		return `| ${traffic.name} | ${cells.join(" | ")} |`;
	});
	return [
		`| found after | ${factors.map(sizeName).join(" | ")} |`,
		`|:--|${factors.map(() => "--:|").join("")}`,
		...rows,
	];
}

process.stdout.write(`${[...quiet(), ...missed(), "", ...delays()].join("\n")}\n`);
