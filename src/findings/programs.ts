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
	/** The same for all sources of one client of one principal. */
	family: number;
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
	const identities = new Identities();
	const ofActor = new Int32Array(actors.length).fill(-1);
	const ofFlow = new Int32Array(flows.length).fill(-1);
	const callOfFlow = new Uint8Array(flows.length);
	for (let id = 0; id < flows.length; id++) {
		if (sums.requests[id] === 0) continue;
		const actor = actorOf[id]!;
		if (ofActor[actor] === -1) ofActor[actor] = identities.numberOf(actors[actor]!);
		ofFlow[id] = ofActor[actor]!;
		callOfFlow[id] = callOf(flows[id]!);
	}
	const totals = totalsOf(theCase, sums, identities.all.length, ofFlow, callOfFlow);
	const all = identities.all.map((identity, id) => newProgram(identity, id, totals));
	return { all, ofFlow, callOfFlow };
}

/** What an actor has of a program's identity. */
interface Identity {
	actor: Actor;
	requester: string;
	family: number;
}

/** Programs by their identity. A tree of short names: for 100,000 actors, to write one long name each takes longer. */
class Identities {
	readonly all: Identity[] = [];
	private readonly families: Tree = new Map();
	/** Family → source IP → index into `all`. */
	private readonly bySource: Map<string, number>[] = [];

	numberOf(actor: Actor): number {
		const family = this.familyOf(actor);
		const sources = this.bySource[family]!;
		const known = sources.get(actor.sourceIp);
		if (known === undefined) {
			sources.set(actor.sourceIp, this.all.length);
			return this.all.push({ actor, requester: actor.requester, family }) - 1;
		}
		const identity = this.all[known]!;
		if (identity.requester !== actor.requester) identity.requester = withoutSession(actor);
		return known;
	}

	private familyOf({ bucket, account, client, iamUser }: Actor): number {
		const tree = branch(branch(branch(this.families, bucket), account), client);
		let family = tree.get(iamUser);
		if (typeof family !== "number") {
			family = this.bySource.push(new Map()) - 1;
			tree.set(iamUser, family);
		}
		return family;
	}
}

type Tree = Map<string, Tree | number>;

function branch(tree: Tree, name: string): Tree {
	let found = tree.get(name);
	if (typeof found !== "object") {
		found = new Map();
		tree.set(name, found);
	}
	return found;
}

/** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION` without its last part. */
function withoutSession({ requester, session }: Actor): string {
	return session !== "-" && requester.endsWith(`/${session}`)
		? requester.slice(0, -session.length - 1)
		: requester;
}

/** Columns by program. */
interface ProgramTotals {
	calls: CallSums;
	requests: Float64Array;
	errors: Float64Array;
	usd: Float64Array;
	first: Float64Array;
	last: Float64Array;
}

function totalsOf(
	{ flows }: Case,
	sums: FlowSums,
	programs: number,
	ofFlow: Int32Array,
	callOfFlow: Uint8Array,
): ProgramTotals {
	const [sizes, column] = [programs * callKinds, () => new Float64Array(programs)];
	const calls = {
		requests: new Float64Array(sizes),
		bytes: new Float64Array(sizes),
		usd: new Float64Array(sizes),
	};
	const [requests, errors, usd] = [column(), column(), column()];
	const first = column().fill(Number.POSITIVE_INFINITY);
	const last = column().fill(Number.NEGATIVE_INFINITY);
	for (let flow = 0; flow < flows.length; flow++) {
		const id = ofFlow[flow]!;
		if (id < 0) continue;
		const amount = sums.requests[flow]!;
		const at = id * callKinds + callOfFlow[flow]!;
		calls.requests[at]! += amount;
		calls.bytes[at]! += sums.bytes[flow]!;
		calls.usd[at]! += sums.usd[flow]!;
		requests[id]! += amount;
		usd[id]! += sums.usd[flow]!;
		const { status } = flows[flow]!;
		if (status[0] === "4" || status[0] === "5") errors[id]! += amount;
		if (sums.first[flow]! < first[id]!) first[id] = sums.first[flow]!;
		if (sums.last[flow]! > last[id]!) last[id] = sums.last[flow]!;
	}
	return { calls, requests, errors, usd, first, last };
}

function newProgram({ actor, requester, family }: Identity, id: number, totals: ProgramTotals): Program {
	// Written out: there may be 100,000 actors, and copying the rest of an object is slow.
	return {
		id,
		family,
		bucket: actor.bucket,
		iamUser: actor.iamUser,
		account: actor.account,
		requester,
		sourceIp: actor.sourceIp,
		cluster: actor.cluster,
		networkPath: actor.networkPath,
		viaNat: actor.viaNat,
		client: actor.client,
		product: actor.product,
		version: actor.version,
		software: actor.software,
		kind: "other",
		firstSeconds: totals.first[id]!,
		lastSeconds: totals.last[id]!,
		requests: totals.requests[id]!,
		errors: totals.errors[id]!,
		usd: totals.usd[id]!,
		calls: totals.calls,
	};
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
	return (
		compare(a.sourceIp, b.sourceIp) ||
		compare(a.client, b.client) ||
		compare(a.iamUser, b.iamUser) ||
		compare(a.account, b.account) ||
		compare(a.bucket, b.bucket)
	);
}

function compare(a: string, b: string): number {
	return a === b ? 0 : a < b ? -1 : 1;
}

export const listCalls = [Call.list, Call.listPage, Call.otherList] as const;
