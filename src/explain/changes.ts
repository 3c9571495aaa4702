/**
 * Lasting changes of request rates: in a case, out when each happened, how large it is, what it costs and who carries
 * it. Method: hourly counts are variance-stabilised, freed of rhythm and spikes (levels.ts), split by Hunter's recipe
 * with a test that knows correlated hours and differing days (split.ts, noise.ts); contributions as in HotSpot
 * (contributions.ts). Calibrated on simulated years: test/bench/CHANGES.md.
 */
import type { Case } from "../model/case.ts";
import type { Change } from "../model/diagnosis.ts";
import { hoursPerMonth, isoTime } from "../model/units.ts";
import { cubeOf } from "./cube.ts";
import { contributionsOf, type Told } from "./describe.ts";
import { type Carrier, momentByHours, momentsByMinutes } from "./moment.ts";
import { type SeriesSet, seriesOf } from "./series.ts";
import { findSteps, type Step } from "./steps.ts";
import { compareSides, costOf, type RowsByHour, rowsByHour } from "./windows.ts";

/** A change with the hours that were compared, unix seconds; gaps may lie within. */
export interface FoundChange {
	change: Change;
	beforeFrom: number;
	afterTo: number;
}

export async function findChanges(theCase: Case): Promise<Change[]> {
	return (await locateChanges(theCase)).map(({ change }) => change);
}

/** In order of time. */
export async function locateChanges(theCase: Case): Promise<FoundChange[]> {
	const set = seriesOf(theCase);
	const steps = findSteps(set);
	if (steps.length === 0) return [];
	const grid = rowsByHour(theCase, set.hours);
	const studies = steps.map((step) => study(theCase, set, grid, step));
	const byHours = studies.map(({ carrier }) => momentByHours(theCase, grid, carrier));
	const open = studies.filter((_, i) => byHours[i] === undefined);
	const byMinutes = await momentsByMinutes(
		theCase,
		set.hours,
		open.map(({ carrier }) => carrier),
	);
	const found = studies.map((one, i): FoundChange => {
		const seconds = byHours[i] ?? byMinutes[open.indexOf(one)]!;
		return {
			change: { time: isoTime(Math.floor(seconds / 60) * 60), ...one.change },
			beforeFrom: set.hours[one.step.from]! * 3600,
			afterTo: (set.hours[one.step.to - 1]! + 1) * 3600,
		};
	});
	return found.sort((a, b) => (a.change.time < b.change.time ? -1 : a.change.time > b.change.time ? 1 : 0));
}

interface Study {
	step: Step;
	change: Omit<Change, "time">;
	carrier: Carrier;
}

/** 1 - p is never printed as certainty. */
const maxConfidence = 0.999999;

function study(theCase: Case, set: SeriesSet, grid: RowsByHour, step: Step): Study {
	const { bucket, iamUser } = set.series[step.series]!;
	const seriesOfFlow = iamUser === undefined ? set.bucketOf : set.principalOf;
	const isIn = (flow: number) => seriesOfFlow[flow] === step.series;
	const compared = compareSides(theCase, grid, step);
	const cube = cubeOf(
		theCase,
		{ ...compared, before: compared.before.requests, after: compared.after.requests },
		isIn,
	);
	const [before, after] = [cube.before, cube.after].map((rates) =>
		rates.reduce((sum, rate) => sum + rate, 0),
	);
	const net = after! - before!;
	const told = contributionsOf(cube, net);
	const usd = costOf(theCase, compared.after, isIn) - costOf(theCase, compared.before, isIn);
	const change: Study["change"] = {
		direction: net < 0 ? "down" : "up",
		before: before!,
		after: after!,
		unit: "requests/hour",
		relative: before === 0 ? null : after! / before! - 1,
		costUsdPerMonth: usd * hoursPerMonth,
		confidence: Math.min(maxConfidence, 1 - step.chance),
		series: { bucket, ...(iamUser === undefined ? {} : { "iam-user": iamUser }) },
		stopped: step.stopped,
		explainedBy: told.map(({ contribution }) => contribution),
	};
	return { step, change, carrier: carrierOf(theCase, change.direction, step, told, cube.flows.flat()) };
}

/** The largest part that goes with the change; without one, all of it. */
function carrierOf(
	{ actors, actorOf }: Case,
	direction: Change["direction"],
	sides: Step,
	told: readonly Told[],
	all: readonly number[],
): Carrier {
	const isWith = ({ contribution }: Told) => contribution.share > 0;
	const flows = told.find(isWith)?.flows ?? all;
	const places = new Set(flows.map((flow) => placeOf(actors[actorOf[flow]!]!)));
	const successors = told
		.filter((one) => !isWith(one))
		.flatMap((one) => one.flows)
		.filter((flow) => places.has(placeOf(actors[actorOf[flow]!]!)));
	return { sides, flows, direction, successors };
}

const placeOf = ({ iamUser, sourceIp }: Case["actors"][number]): string => `${sourceIp} ${iamUser}`;
