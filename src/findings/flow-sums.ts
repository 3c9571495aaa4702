/**
 * Sums per flow, in one pass over the hours: how often, how many bytes, from when to when, and what it cost.
 * In: a case. Out: one number per flow and quantity. Money counts complete hours only, everything else the window.
 */
import type { Case } from "../model/case.ts";

export interface FlowSums {
	requests: Float64Array;
	bytes: Float64Array;
	/** Requests, bytes sent and bytes of the objects in complete hours: what projections are made from. */
	settledRequests: Float64Array;
	settledBytes: Float64Array;
	settledObjectBytes: Float64Array;
	/** USD in complete hours. */
	usd: Float64Array;
	/** Unix seconds; `first` of a flow without a request is Infinity. */
	first: Float64Array;
	last: Float64Array;
}

export function sumFlows(theCase: Case): FlowSums {
	const flows = theCase.flows.length;
	const column = (value = 0): Float64Array => new Float64Array(flows).fill(value);
	const sums: FlowSums = {
		requests: column(),
		bytes: column(),
		settledRequests: column(),
		settledBytes: column(),
		settledObjectBytes: column(),
		usd: column(),
		first: column(Number.POSITIVE_INFINITY),
		last: column(Number.NEGATIVE_INFINITY),
	};
	addRows(theCase, sums);
	for (let flow = 0; flow < flows; flow++) {
		if (sums.settledRequests[flow] === 0) continue;
		sums.usd[flow] = theCase.costUsd(
			flow,
			sums.settledRequests[flow]!,
			sums.settledBytes[flow]!,
			sums.settledObjectBytes[flow]!,
		);
	}
	return sums;
}

function addRows({ hours, completeHours, fromSeconds, toSeconds }: Case, sums: FlowSums): void {
	const firstHour = Math.floor(fromSeconds / 3600);
	const isComplete = new Uint8Array(Math.ceil(toSeconds / 3600) - firstHour + 1);
	for (const hour of completeHours) isComplete[hour - firstHour] = 1;
	for (let row = 0; row < hours.rows; row++) {
		const flow = hours.flow[row]!;
		const start = hours.time[row]! * 60;
		const requests = hours.requests[row]!;
		const bytes = hours.bytesSent[row]!;
		sums.requests[flow]! += requests;
		sums.bytes[flow]! += bytes;
		sums.first[flow] = Math.min(sums.first[flow]!, start + hours.first[row]!);
		sums.last[flow] = Math.max(sums.last[flow]!, start + hours.last[row]!);
		if (isComplete[start / 3600 - firstHour] !== 1) continue;
		sums.settledRequests[flow]! += requests;
		sums.settledBytes[flow]! += bytes;
		sums.settledObjectBytes[flow]! += hours.objectBytes[row]!;
	}
}
