/**
 * Actors put together as programs: one version of a client, run by one principal at one source. Sessions of a role
 * and additions to the user agent (` S3Manager`) do not count, so the replicas of a deployment are one program.
 * In: a case and the sums of its flows. Out: programs with sums by call; what kind each is, kinds.ts tells.
 */
import type { Actor, Case } from "../model/case.ts";
import { Call, callKinds, callOf } from "./calls.ts";
import type { FlowSums } from "./flow-sums.ts";
import type { Kind } from "./kinds.ts";

export interface Program {
	/** Index into `Programs.all`. */
	id: number;
	bucket: string;
	iamUser: string;
	account: string;
	/** As logged; of a role with several sessions, the role without session. */
	requester: string;
	sourceIp: string;
	cluster: string;
	networkPath: string;
	viaNat: boolean;
	client: string;
	product: string;
	version: string;
	software: string;
	kind: Kind;
	/** Unix seconds of its first and last request. */
	firstSeconds: number;
	lastSeconds: number;
	requests: number;
	errors: number;
	/** USD in complete hours. */
	usd: number;
	/** Shared by all: sums by call, for the functions below. */
	calls: CallSums;
}

/** Program `id` and `call` stand at `id * callKinds + call`. One array for all: there may be 100,000 programs. */
interface CallSums {
	requests: Float64Array;
	/** Bytes sent. */
	bytes: Float64Array;
	/** In complete hours. */
	usd: Float64Array;
}

export interface Programs {
	all: Program[];
	/** Flow id → index into `all`; -1 for a flow without a request. */
	ofFlow: Int32Array;
	/** Flow id → `Call`. */
	callOfFlow: Uint8Array;
}

export function groupPrograms(theCase: Case, sums: FlowSums): Programs {
	const { flows, actors, actorOf } = theCase;
	const all: Program[] = [];
	const numbers = new Map<string, number>();
	const ofActor = new Int32Array(actors.length).fill(-1);
	const ofFlow = new Int32Array(flows.length).fill(-1);
	const callOfFlow = new Uint8Array(flows.length);
	for (let id = 0; id < flows.length; id++) {
		if (sums.requests[id] === 0) continue;
		const actor = actorOf[id]!;
		if (ofActor[actor] === -1) ofActor[actor] = numberOf(actors[actor]!, numbers, all);
		ofFlow[id] = ofActor[actor]!;
		callOfFlow[id] = callOf(flows[id]!);
	}
	const sizes = all.length * callKinds;
	const calls = {
		requests: new Float64Array(sizes),
		bytes: new Float64Array(sizes),
		usd: new Float64Array(sizes),
	};
	for (const program of all) program.calls = calls;
	for (let id = 0; id < flows.length; id++) {
		const program = all[ofFlow[id]!];
		if (program !== undefined) count(program, callOfFlow[id]!, flows[id]!.status, id, sums);
	}
	return { all, ofFlow, callOfFlow };
}

function numberOf(actor: Actor, numbers: Map<string, number>, all: Program[]): number {
	const { bucket, account, iamUser, sourceIp, client } = actor;
	const name = `${bucket} ${account} ${sourceIp} ${iamUser}\0${client}`;
	const known = numbers.get(name);
	if (known !== undefined) {
		const program = all[known]!;
		if (program.requester !== actor.requester) program.requester = withoutSession(actor);
		return known;
	}
	const id = all.push(newProgram(actor, all.length)) - 1;
	numbers.set(name, id);
	return id;
}

/** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION` without its last part. */
function withoutSession({ requester, session }: Actor): string {
	return session !== "-" && requester.endsWith(`/${session}`)
		? requester.slice(0, -session.length - 1)
		: requester;
}

function newProgram(actor: Actor, id: number): Program {
	// Written out: there may be 100,000 actors, and copying the rest of an object is slow.
	return {
		id,
		bucket: actor.bucket,
		iamUser: actor.iamUser,
		account: actor.account,
		requester: actor.requester,
		sourceIp: actor.sourceIp,
		cluster: actor.cluster,
		networkPath: actor.networkPath,
		viaNat: actor.viaNat,
		client: actor.client,
		product: actor.product,
		version: actor.version,
		software: actor.software,
		kind: "other",
		firstSeconds: Number.POSITIVE_INFINITY,
		lastSeconds: Number.NEGATIVE_INFINITY,
		requests: 0,
		errors: 0,
		usd: 0,
		calls: noCalls,
	};
}

const noCalls: CallSums = {
	requests: new Float64Array(0),
	bytes: new Float64Array(0),
	usd: new Float64Array(0),
};

function count(program: Program, call: number, status: string, flow: number, sums: FlowSums): void {
	const requests = sums.requests[flow]!;
	const at = program.id * callKinds + call;
	program.calls.requests[at]! += requests;
	program.calls.bytes[at]! += sums.bytes[flow]!;
	program.calls.usd[at]! += sums.usd[flow]!;
	program.requests += requests;
	program.usd += sums.usd[flow]!;
	if (status.startsWith("4") || status.startsWith("5")) program.errors += requests;
	program.firstSeconds = Math.min(program.firstSeconds, sums.first[flow]!);
	program.lastSeconds = Math.max(program.lastSeconds, sums.last[flow]!);
}

/** Requests of a program for some calls. */
export function requestsFor(program: Pick<Program, "id" | "calls">, ...kinds: readonly Call[]): number {
	return sumOf(program.calls.requests, program.id, kinds);
}

/** Bytes sent to a program in answer to some calls. */
export function bytesFor(program: Pick<Program, "id" | "calls">, ...kinds: readonly Call[]): number {
	return sumOf(program.calls.bytes, program.id, kinds);
}

/** USD in complete hours of a program for some calls. */
export function usdFor(program: Pick<Program, "id" | "calls">, ...kinds: readonly Call[]): number {
	return sumOf(program.calls.usd, program.id, kinds);
}

function sumOf(column: Float64Array, id: number, kinds: readonly Call[]): number {
	let sum = 0;
	for (const kind of kinds) sum += column[id * callKinds + kind]!;
	return sum;
}

/**
 * Decides between programs of equal weight. Their numbers cannot: threads number flows in the order they meet them,
 * and two runs over the same log are to say the same.
 */
export function byName(a: Program, b: Program): number {
	for (const field of ["sourceIp", "client", "iamUser", "account", "bucket"] as const) {
		if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
	}
	return 0;
}

export const listCalls = [Call.list, Call.listPage, Call.otherList] as const;
