/**
 * Every ChartMuseum of the log, judged: its listings first, which say at what hours its keys are worth a look, then
 * its keys.
 * In: a case and its programs. Out: what each downloads for itself; and the keys of other busy downloaders, because
 * all keys are read in one go.
 */
import type { Case, KeyUses } from "../model/case.ts";
import type { Block } from "../model/flow.ts";
import { hoursOfPeaks, peaksOf } from "./bursts.ts";
import { Call, callKinds } from "./calls.ts";
import { fewHours, manyHours, sampleHours } from "./key-order.ts";
import { byName, bytesFor, type Program, type Programs, requestsFor } from "./programs.ts";
import { rowsByProgram } from "./rows.ts";
import { isGetAllRelease, type Sweeps, sweepsOf } from "./sweeps.ts";
import { listTimes, rhythmOf } from "./ticks.ts";
import type { Names, Traces } from "./traces.ts";

export interface Judged {
	sweeps: Sweeps[];
	uses: ReadonlyMap<number, KeyUses>;
}

/** Pods on private addresses are a program each; beyond the busiest of them nothing new is to be learnt. */
const maxMuseums = 200;
/** A new deployment builds its index once, replica by replica. That is no waste. */
const firstStartSeconds = 3600;
/** An object takes 330 bytes and its key in a listing's XML: this many at most for what is listed in practice. */
const listedBytesPerObject = 450;

export async function judgeMuseums(
	theCase: Case,
	programs: Programs,
	downloaders: readonly Program[],
	names: Names,
): Promise<Judged> {
	const museums = programs.all
		.filter(({ kind }) => kind === "chartmuseum")
		.sort((a, b) => b.requests - a.requests || byName(a, b))
		.slice(0, maxMuseums);
	const minuteRows = await theCase.minuteRows(maskOf(programs, museums, [Call.list, Call.get]));
	const traces = tracesOf(theCase, programs, museums, minuteRows);
	const detailHours = new Map(
		Array.from(traces, ([program, { sample, peaks }]) => [
			program.id,
			new Set([...sample, ...hoursOfPeaks(peaks)]),
		]),
	);
	const uses = await theCase.keyUses({
		ofFlow: masked(programs.ofFlow, maskOf(programs, [...museums, ...downloaders], [Call.get, Call.getPart])),
		detailHours,
	});
	const sweeps = Array.from(traces, ([program, trace]) =>
		sweepsOf(program, { ...trace, uses: uses.get(program.id) }, names),
	);
	return { sweeps, uses };
}

function maskOf(
	{ all, ofFlow, callOfFlow }: Programs,
	wanted: readonly Program[],
	calls: readonly Call[],
): Uint8Array {
	const isWanted = new Uint8Array(all.length);
	for (const { id } of wanted) isWanted[id] = 1;
	const isCall = new Uint8Array(callKinds);
	for (const call of calls) isCall[call] = 1;
	const mask = new Uint8Array(ofFlow.length);
	for (let flow = 0; flow < mask.length; flow++) {
		const program = ofFlow[flow]!;
		if (program >= 0 && isWanted[program] === 1) mask[flow] = isCall[callOfFlow[flow]!]!;
	}
	return mask;
}

function masked(ofFlow: Int32Array, mask: Uint8Array): Int32Array {
	return ofFlow.map((program, flow) => (mask[flow] === 1 ? program : -1));
}

function tracesOf(
	theCase: Case,
	{ ofFlow, callOfFlow }: Programs,
	museums: readonly Program[],
	minuteRows: Block,
): Map<Program, Omit<Traces, "uses">> {
	const byProgram = rowsByProgram(minuteRows, ofFlow);
	const familyFirst = familyFirsts(museums);
	const traces = new Map<Program, Omit<Traces, "uses">>();
	for (const program of museums) {
		const lists: number[] = [];
		const downloads = new Map<number, number>();
		const rows = byProgram.get(program.id) ?? [];
		for (const row of rows) {
			const minute = minuteRows.time[row]!;
			if (callOfFlow[minuteRows.flow[row]!] === Call.list) lists.push(row);
			else downloads.set(minute, (downloads.get(minute) ?? 0) + minuteRows.requests[row]!);
		}
		const listed = listedObjects(program);
		// Pods on private addresses get a new one with every start: there the first start of all counts.
		const since = program.networkPath === "vpc-endpoint" ? familyFirst(program) : program.firstSeconds;
		// What is there when the log begins was there before.
		const isNew = since >= theCase.fromSeconds + firstStartSeconds;
		const settled = isNew ? since + firstStartSeconds : since;
		const peaks = isGetAllRelease(program) ? [] : peaksOf(program, downloads, listed);
		const ticks = rhythmOf(listTimes(minuteRows, lists));
		traces.set(program, {
			ticks,
			// What 0.13.x does is known: there only the order is shown.
			sample: sampleHours(ticks.seconds, isGetAllRelease(program) ? fewHours : manyHours),
			peaks: peaks.filter((minute) => minute * 60 >= Math.floor(settled / 60) * 60),
			listed,
		});
	}
	return traces;
}

function listedObjects(program: Program): number {
	const lists = requestsFor(program, Call.list);
	return lists === 0 ? 0 : bytesFor(program, Call.list, Call.listPage) / lists / listedBytesPerObject;
}

/** When the first program with the same principal and client was seen. */
function familyFirsts(museums: readonly Program[]): (program: Program) => number {
	const familyOf = ({ bucket, account, iamUser, client }: Program): string =>
		`${bucket} ${account} ${client}\0${iamUser}`;
	const firsts = new Map<string, number>();
	for (const program of museums) {
		const known = firsts.get(familyOf(program)) ?? Number.POSITIVE_INFINITY;
		firsts.set(familyOf(program), Math.min(known, program.firstSeconds));
	}
	return (program) => firsts.get(familyOf(program))!;
}
