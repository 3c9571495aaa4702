/**
 * What bytes cost on their way: through NAT gateways, over the internet, to other Regions.
 * In: a case, sums and programs. Out: for each way the programs that are charged for it, dearest first.
 */

import type { Case } from "../model/case.ts";
import type { FlowSums } from "./flow-sums.ts";
import type { Program, Programs } from "./programs.ts";
import { byName } from "./programs.ts";

export interface Transfer {
	program: Program;
	/** Bytes sent in the window. */
	bytes: number;
	/** USD in complete hours of the transfer alone. */
	usd: number;
	requests: number;
}

export interface Transfers {
	nat: Transfer[];
	internet: Transfer[];
	crossRegion: Transfer[];
}

export function transfersOf(theCase: Case, sums: FlowSums, { all, ofFlow }: Programs): Transfers {
	const nat = new Map<number, Transfer>();
	const internet = new Map<number, Transfer>();
	const crossRegion = new Map<number, Transfer>();
	for (let flow = 0; flow < ofFlow.length; flow++) {
		if (sums.bytes[flow] === 0) continue;
		const program = all[ofFlow[flow]!]!;
		const isInternet = program.networkPath === "internet";
		const isAbroad = program.networkPath.startsWith("cross-region");
		if (!isInternet && !isAbroad && !program.viaNat) continue;
		// Lines that count bytes; on most flows there is only the one for the way.
		const bytesUsd = theCase.costUsd(flow, 0, sums.settledBytes[flow]!, sums.settledObjectBytes[flow]!);
		const natUsd = program.viaNat ? natUsdOf(theCase, sums, flow) : 0;
		if (program.viaNat) add(nat, program, sums, flow, natUsd);
		if (isInternet) add(internet, program, sums, flow, bytesUsd - natUsd);
		if (isAbroad) add(crossRegion, program, sums, flow, bytesUsd - natUsd);
	}
	return { nat: sorted(nat), internet: sorted(internet), crossRegion: sorted(crossRegion) };
}

function natUsdOf(theCase: Case, sums: FlowSums, flow: number): number {
	return theCase
		.lineCosts(flow, 0, sums.settledBytes[flow]!, sums.settledObjectBytes[flow]!)
		.reduce((usd, line) => usd + (line.usageType === "NatGateway-Bytes" ? line.costUsd : 0), 0);
}

function add(
	found: Map<number, Transfer>,
	program: Program,
	sums: FlowSums,
	flow: number,
	usd: number,
): void {
	let transfer = found.get(program.id);
	if (transfer === undefined) {
		transfer = { program, bytes: 0, usd: 0, requests: 0 };
		found.set(program.id, transfer);
	}
	transfer.bytes += sums.bytes[flow]!;
	transfer.requests += sums.requests[flow]!;
	transfer.usd += usd;
}

/** Sums of doubles differ in their last digits by the order they were added in. */
const nano = (usd: number): number => Math.round(usd * 1e9);

function sorted(found: ReadonlyMap<number, Transfer>): Transfer[] {
	return Array.from(found.values(), (transfer) => ({ transfer, nanos: nano(transfer.usd) }))
		.sort(
			(a, b) =>
				b.nanos - a.nanos ||
				b.transfer.bytes - a.transfer.bytes ||
				byName(a.transfer.program, b.transfer.program),
		)
		.map(({ transfer }) => transfer);
}
