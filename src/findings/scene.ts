/**
 * Everything that the rules look at, worked out once: sums, programs, what each ChartMuseum downloads for itself,
 * who was left behind by a roll-out.
 * In: a case with its changes and roll-outs. Out: a `Scene`. Minutes and keys are asked for once, for the programs
 * that listings and downloads make interesting.
 */
import { type Case, perMonth } from "../model/case.ts";
import type { Change, Rollout } from "../model/diagnosis.ts";
import type { Block } from "../model/flow.ts";
import { Call } from "./calls.ts";
import { type FlowSums, sumFlows } from "./flow-sums.ts";
import { type KeyUses, keyUses, rowsByProgram } from "./key-uses.ts";
import { kindOf } from "./kinds.ts";
import { type LeftBehind, leftBehindBy } from "./left-behind.ts";
import { groupPrograms, type Program, type Programs, requestsFor, usdFor } from "./programs.ts";
import { type Sweeps, sweepsOf } from "./sweeps.ts";
import { listTimes, rhythmOf } from "./ticks.ts";
import type { Names } from "./traces.ts";

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
	const museums = programs.all.filter(({ kind }) => kind === "chartmuseum");
	const downloaders = busiestDownloaders(programs.all);
	const [minuteRows, keyRows] = await Promise.all([
		theCase.minuteRows(maskOf(programs, museums, [Call.list, Call.get])),
		theCase.keyRows(maskOf(programs, [...museums, ...downloaders], [Call.get, Call.getPart])),
	]);
	const names = namesOf(theCase);
	const uses = keyUses(keyRows, programs.ofFlow);
	const hoursOf = (some: readonly Program[]): number[] => activeHours(theCase, programs, some);
	return {
		...clues,
		theCase,
		sums,
		programs: programs.all,
		ofFlow: programs.ofFlow,
		callOfFlow: programs.callOfFlow,
		sweeps: judged(programs, museums, {
			minuteRows,
			keyRows,
			uses,
			names,
			windowFromSeconds: theCase.fromSeconds,
		}),
		downloaders: downloaders.flatMap((program) => {
			const own = uses.get(program.id);
			return own === undefined ? [] : [{ program, uses: own }];
		}),
		leftBehind: leftBehindBy(clues.rollouts, programs.all, theCase, hoursOf),
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
	const downloads = (program: Program): number => requestsFor(program, Call.get, Call.getPart);
	return programs
		.filter((program) => program.kind !== "chartmuseum" && downloads(program) >= minDownloads)
		.sort(
			(a, b) =>
				usdFor(b, Call.get, Call.getPart) - usdFor(a, Call.get, Call.getPart) || downloads(b) - downloads(a),
		)
		.slice(0, maxDownloaders);
}

function maskOf(
	{ all, ofFlow, callOfFlow }: Programs,
	wanted: readonly Program[],
	calls: readonly Call[],
): Uint8Array {
	const isWanted = new Uint8Array(all.length);
	for (const { id } of wanted) isWanted[id] = 1;
	return Uint8Array.from(ofFlow, (program, flow) =>
		program >= 0 && isWanted[program] === 1 && calls.includes(callOfFlow[flow] as Call) ? 1 : 0,
	);
}

/** Names are decoded when asked for, and a limited number of them: a bucket may hold millions of keys. */
const maxNames = 20_000;

function namesOf(theCase: Case): Names {
	const known = new Map<number, boolean>();
	const keyName = (key: number): string => theCase.keyName(key, "REST.GET.OBJECT");
	const isPackage = (key: number): boolean => {
		let answer = known.get(key);
		if (answer === undefined) {
			// What a ChartMuseum gets are packages, but for a handful of files.
			if (known.size >= maxNames) return true;
			answer = keyName(key).endsWith(".tgz");
			known.set(key, answer);
		}
		return answer;
	};
	return { keyName, isPackage };
}

interface Rows {
	minuteRows: Block;
	keyRows: Block;
	uses: ReadonlyMap<number, KeyUses>;
	names: Names;
	windowFromSeconds: number;
}

function judged(programs: Programs, museums: readonly Program[], rows: Rows): Sweeps[] {
	const { minuteRows, keyRows, uses, names, windowFromSeconds } = rows;
	const none = new Int32Array(0);
	const byProgram = rowsByProgram(minuteRows, programs.ofFlow);
	const familyFirst = new Map<string, number>();
	for (const program of museums) {
		const known = familyFirst.get(familyOf(program)) ?? Number.POSITIVE_INFINITY;
		familyFirst.set(familyOf(program), Math.min(known, program.firstSeconds));
	}
	return museums.map((program) => {
		const own = byProgram.get(program.id) ?? none;
		const isList = (row: number): boolean => programs.callOfFlow[minuteRows.flow[row]!] === Call.list;
		const ticks = rhythmOf(listTimes(minuteRows, own.filter(isList)));
		const minutes = own.filter((row) => !isList(row));
		const familyFirstSeconds = familyFirst.get(familyOf(program))!;
		const traces = {
			ticks,
			uses: uses.get(program.id),
			keyRows,
			minuteRows,
			minutes,
			familyFirstSeconds,
			windowFromSeconds,
		};
		return sweepsOf(program, traces, names);
	});
}

function familyOf({ bucket, account, iamUser, client }: Program): string {
	return `${bucket} ${account} ${client}\0${iamUser}`;
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
