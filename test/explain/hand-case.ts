/**
 * Cases written by hand: who sends how many requests in which minutes. In: habits. Out: a `Case`, as src/case.ts makes
 * it of logs. All hours between the first and the last minute are complete unless it is said otherwise.
 */
import type { Actor, Case } from "../../src/model/case.ts";
import type { Block, Flow } from "../../src/model/flow.ts";

export interface Habit {
	user?: string;
	ip?: string;
	client?: string;
	software?: string;
	cluster?: string;
	session?: string;
	bucket?: string;
	operation?: string;
	status?: string;
	bytes?: number;
	/** Unix minutes, with repetitions, or minute and count. */
	minutes: readonly (number | readonly [minute: number, count: number])[];
}

export const startMinute = Date.UTC(2026, 9, 12) / 60_000;
export const isoOfMinute = (minute: number): string =>
	`${new Date((startMinute + minute) * 60_000).toISOString().slice(0, 19)}Z`;

/** Every `step` minutes from `from` to before `to`, counted from the start of 2026-10-12; `count` requests each. */
export function every(step: number, from: number, to: number, count = 1): (readonly [number, number])[] {
	const minutes: (readonly [number, number])[] = [];
	for (let minute = from; minute < to; minute += step) minutes.push([startMinute + minute, count]);
	return minutes;
}

export const day = 1440;
export const hour = 60;

export function handCase(
	habits: readonly Habit[],
	options: { completeHours?: (hour: number) => boolean } = {},
): Case {
	const actors: Actor[] = [];
	const flows: Flow[] = [];
	const numbers = new Map<string, number>();
	const actorOf: number[] = [];
	const minutes = new Map<number, { flow: number; minute: number; count: number; bytes: number }>();
	for (const habit of habits) {
		const actor = actorOfHabit(habit);
		const name = JSON.stringify(actor);
		let number = numbers.get(name);
		if (number === undefined) {
			number = actors.push(actor) - 1;
			numbers.set(name, number);
		}
		const flow = flows.push(flowOf(actor, habit)) - 1;
		actorOf.push(number);
		for (const entry of habit.minutes) {
			const [minute, count] = typeof entry === "number" ? [entry, 1] : entry;
			const cell = minutes.get(flow * 1e9 + minute) ?? { flow, minute, count: 0, bytes: habit.bytes ?? 0 };
			cell.count += count;
			minutes.set(flow * 1e9 + minute, cell);
		}
	}
	const cells = [...minutes.values()].filter(({ count }) => count > 0);
	const rows = blockOf(cells.map((cell) => ({ ...cell, time: cell.minute, first: 0, last: 59 })));
	const hours = foldedHours(cells);
	const times = cells.map(({ minute }) => minute);
	const from = Math.min(...times);
	const to = Math.max(...times) + 1;
	const completeHours = new Set<number>();
	for (let at = Math.ceil(from / 60); (at + 1) * 60 <= to; at++) {
		if (options.completeHours?.(at) ?? true) completeHours.add(at);
	}
	return {
		fromSeconds: from * 60,
		toSeconds: to * 60,
		completeHours,
		hasClusterMap: false,
		region: "us-east-1",
		actors,
		flows,
		actorOf: Int32Array.from(actorOf),
		hours,
		minuteRows: async (mask) => masked(rows, mask),
		keyUses: async () => new Map(),
		keyName: () => "-",
		costUsd: (flow, requests) => requests * (flows[flow]!.operation === "REST.GET.BUCKET" ? 5e-6 : 4e-7),
		lineCosts: () => [],
	};
}

function actorOfHabit(habit: Habit): Actor {
	const client = habit.client ?? "aws-sdk-go/1.37.28";
	const iamUser = habit.user ?? "user/chartmuseum";
	const session = habit.session ?? "-";
	const [product = "-", version = ""] = client.split("/");
	return {
		bucket: habit.bucket ?? "charts",
		requester: `arn:aws:iam::111122223333:${iamUser}${session === "-" ? "" : `/${session}`}`,
		iamUser,
		session,
		account: "111122223333",
		sourceIp: habit.ip ?? "192.0.2.10",
		cluster: habit.cluster ?? "unmapped",
		viaNat: false,
		networkPath: "same-region",
		userAgent: `${client} (go1.20; linux; amd64)`,
		client,
		product,
		version,
		software: habit.software ?? `${client.replace("/", " ")} program`,
	};
}

function flowOf(actor: Actor, habit: Habit): Flow {
	return {
		bucketOwner: "owner",
		bucket: actor.bucket,
		remoteIp: actor.sourceIp,
		requester: actor.requester,
		operation: habit.operation ?? "REST.GET.OBJECT",
		status: habit.status ?? "200",
		errorCode: "-",
		userAgent: actor.userAgent,
		signatureVersion: "SigV4",
		cipherSuite: "-",
		authType: "AuthHeader",
		hostHeader: "-",
		tlsVersion: "-",
		accessPointArn: "-",
		aclRequired: "-",
		sourceRegion: "us-east-1",
		listing: 0,
	};
}

interface Row {
	flow: number;
	time: number;
	count: number;
	bytes: number;
	first: number;
	last: number;
}

function foldedHours(
	cells: readonly { flow: number; minute: number; count: number; bytes: number }[],
): Block {
	const rows = new Map<string, Row>();
	for (const { flow, minute, count, bytes } of cells) {
		const time = minute - (minute % 60);
		const key = `${flow} ${time}`;
		const row = rows.get(key) ?? { flow, time, count: 0, bytes, first: 3600, last: 0 };
		row.count += count;
		row.first = Math.min(row.first, (minute - time) * 60);
		row.last = Math.max(row.last, (minute - time) * 60 + 59);
		rows.set(key, row);
	}
	return blockOf([...rows.values()]);
}

function blockOf(rows: readonly Row[]): Block {
	return {
		grain: "minute",
		rows: rows.length,
		flow: Int32Array.from(rows, ({ flow }) => flow),
		time: Int32Array.from(rows, ({ time }) => time),
		key: new Int32Array(0),
		requests: Int32Array.from(rows, ({ count }) => count),
		bytesSent: Float64Array.from(rows, ({ count, bytes }) => count * bytes),
		objectBytes: Float64Array.from(rows, ({ count, bytes }) => count * bytes),
		first: Int32Array.from(rows, ({ first }) => first),
		last: Int32Array.from(rows, ({ last }) => last),
	};
}

function masked(block: Block, mask: Uint8Array): Block {
	return reordered(
		block,
		[...block.flow.keys()].filter((row) => mask[block.flow[row]!] === 1),
	);
}

/** The rows of a block in another order, or some of them. */
export function reordered(block: Block, rows: readonly number[]): Block {
	const ints = (column: Int32Array) => Int32Array.from(rows, (row) => column[row]!);
	const doubles = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
	return {
		...block,
		rows: rows.length,
		flow: ints(block.flow),
		time: ints(block.time),
		requests: ints(block.requests),
		bytesSent: doubles(block.bytesSent),
		objectBytes: doubles(block.objectBytes),
		first: ints(block.first),
		last: ints(block.last),
	};
}
