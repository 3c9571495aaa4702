/**
 * Everything that the rules look at, worked out once: sums, programs, what each ChartMuseum downloads for itself,
 * who was left behind by a roll-out.
 * In: a case with its changes and roll-outs. Out: a `Scene`. Minutes and keys are asked for once, for the programs
 * that listings and downloads make interesting.
 */
import { type Case, type KeyUses, perMonth } from "../model/case.ts";
import type { Change, Rollout } from "../model/diagnosis.ts";
import { Call } from "./calls.ts";
import { type FlowSums, sumFlows } from "./flow-sums.ts";
import { kindOf } from "./kinds.ts";
import { type LeftBehind, leftBehindBy } from "./left-behind.ts";
import { judgeMuseums } from "./museums.ts";
import { byName, groupPrograms, type Program, type Programs, requestsFor, usdFor } from "./programs.ts";
import type { Sweeps } from "./sweeps.ts";
import type { Names } from "./traces.ts";
import { type Transfers, transfersOf } from "./transfers.ts";

export interface Clues {
	changes: readonly Change[];
	rollouts: readonly Rollout[];
}

export interface Scene extends Clues {
	theCase: Case;
	sums: FlowSums;
	programs: readonly Program[];
	ofFlow: Int32Array;
	/** Flow id → `Call`. */
	callOfFlow: Uint8Array;
	/** One entry for each ChartMuseum that listed or downloaded. */
	sweeps: readonly Sweeps[];
	/** Programs other than ChartMuseum that download much, with what they download. */
	downloaders: readonly { program: Program; uses: KeyUses }[];
	leftBehind: readonly LeftBehind[];
	transfers: Transfers;
	names: Names;
	requests: number;
	/** USD in complete hours. */
	usd: number;
	/** Length of the window. */
	days: number;
	/** USD in complete hours to USD a month; `null` without a complete hour. */
	monthly(usd: number): number | null;
	hoursOf(programs: readonly Program[]): number[];
}

export async function buildScene(theCase: Case, clues: Clues): Promise<Scene> {
	const sums = sumFlows(theCase);
	const programs = groupPrograms(theCase, sums);
	for (const program of programs.all) program.kind = kindOf(program);
	const downloaders = busiestDownloaders(programs.all);
	const names = namesOf(theCase);
	const { sweeps, uses } = await judgeMuseums(theCase, programs, downloaders, names);
	const hoursOf = (some: readonly Program[]): number[] => activeHours(theCase, programs, some);
	return {
		...clues,
		theCase,
		sums,
		programs: programs.all,
		ofFlow: programs.ofFlow,
		callOfFlow: programs.callOfFlow,
		sweeps,
		downloaders: downloaders.flatMap((program) => {
			const own = uses.get(program.id);
			return own === undefined ? [] : [{ program, uses: own }];
		}),
		leftBehind: leftBehindBy(clues.rollouts, programs.all, theCase, hoursOf),
		transfers: transfersOf(theCase, sums, programs),
		names,
		requests: programs.all.reduce((sum, { requests }) => sum + requests, 0),
		usd: programs.all.reduce((sum, { usd }) => sum + usd, 0),
		days: Math.max(1 / 24, (theCase.toSeconds - theCase.fromSeconds) / 86_400),
		monthly: (usd) => perMonth(usd, theCase.completeHours.size),
		hoursOf,
	};
}

/** Beyond these, nobody downloads enough to matter; their keys are not looked at. */
const maxDownloaders = 10;
/** Less than this is no habit. */
const minDownloads = 50;

function busiestDownloaders(programs: readonly Program[]): Program[] {
	return programs
		.filter(({ kind }) => kind !== "chartmuseum")
		.map((program) => ({ program, downloads: requestsFor(program, Call.get, Call.getPart) }))
		.filter(({ downloads }) => downloads >= minDownloads)
		.map((one) => ({ ...one, usd: usdFor(one.program, Call.get, Call.getPart) }))
		.sort((a, b) => b.usd - a.usd || b.downloads - a.downloads || byName(a.program, b.program))
		.slice(0, maxDownloaders)
		.map(({ program }) => program);
}

/** Names are decoded when asked for, and a limited number of them: a bucket may hold millions of keys. */
const maxNames = 20_000;

function namesOf(theCase: Case): Names {
	const known = new Map<number, { name: string; isPackage: boolean }>();
	const decoded = (key: number): string => theCase.keyName(key, "REST.GET.OBJECT");
	return {
		keyName: (key) => known.get(key)?.name ?? decoded(key),
		isPackage: (key) => {
			let answer = known.get(key);
			if (answer === undefined) {
				// What a ChartMuseum gets are packages, but for a handful of files.
				if (known.size >= maxNames) return true;
				const name = decoded(key);
				answer = { name, isPackage: name.endsWith(".tgz") };
				known.set(key, answer);
			}
			return answer.isPackage;
		},
	};
}

/** Hours since 1970 in which one of the programs sent a request, ascending. One pass: for few callers. */
function activeHours({ hours }: Case, { all, ofFlow }: Programs, wanted: readonly Program[]): number[] {
	const isWanted = new Uint8Array(all.length);
	for (const { id } of wanted) isWanted[id] = 1;
	const active = new Set<number>();
	for (let row = 0; row < hours.rows; row++) {
		if (isWanted[ofFlow[hours.flow[row]!]!] === 1) active.add(hours.time[row]! / 60);
	}
	return [...active].sort((a, b) => a - b);
}
