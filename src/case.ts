/**
 * Tallies and facts to what the diagnosis reads: actors instead of flows, and rows asked for by flow.
 * In: the question that all answers share, and the hours folded from minutes. Out: a `Case`.
 */
import type { Question } from "./answer.ts";
import { clientOf } from "./clients/client.ts";
import type { Facts } from "./facts.ts";
import { displayText } from "./facts.ts";
import type { Actor, Case } from "./model/case.ts";
import type { Block, Flow } from "./model/flow.ts";
import { decodeKey } from "./model/keys.ts";
import { bytesPerGb } from "./model/units.ts";
import { pickFlows } from "./rollup/pick.ts";

export function caseOf(
	question: Question,
	hours: Block,
	span: { fromSeconds: number; toSeconds: number; hasClusterMap: boolean },
): Case {
	const { facts, tallies, fromSeconds, toSeconds } = question;
	const { actors, actorOf } = actorsOf(facts);
	return {
		...span,
		completeHours: question.completeHours,
		region: facts.region,
		actors,
		flows: facts.flows,
		actorOf,
		hours,
		minuteRows: (mask) => pickFlows(tallies.minutes, mask, fromSeconds, toSeconds),
		keyBlocks: tallies.hours,
		keyName: (id, operation) => decodeKey(tallies.keys.raw(id), operation),
		...moneyOf(facts),
	};
}

function actorsOf({ flows, places, valueOf: read }: Facts): { actors: Actor[]; actorOf: Int32Array } {
	const actors: Actor[] = [];
	const numbers = new Map<string, number>();
	const actorOf = new Int32Array(flows.length);
	for (const [id, flow] of flows.entries()) {
		const name = `${flow.bucket} ${flow.remoteIp} ${flow.requester}\0${flow.userAgent}`;
		let number = numbers.get(name);
		if (number === undefined) {
			number = actors.push(actorOfFlow(flow, id, places, read)) - 1;
			numbers.set(name, number);
		}
		actorOf[id] = number;
	}
	return { actors, actorOf };
}

function actorOfFlow(flow: Flow, id: number, places: Facts["places"], read: Facts["valueOf"]): Actor {
	const { client, product, version } = clientOf(displayText(flow.userAgent));
	return {
		bucket: read(id, "bucket"),
		requester: read(id, "requester"),
		iamUser: read(id, "iam-user"),
		session: read(id, "session"),
		account: read(id, "account"),
		sourceIp: read(id, "source-ip"),
		cluster: read(id, "cluster"),
		viaNat: places[id]!.viaNat,
		networkPath: read(id, "network-path"),
		userAgent: read(id, "user-agent"),
		client,
		product,
		version,
		software: read(id, "software"),
	};
}

/** Money as doubles, good for ranking and for sentences; the exact bill is `answer.ts`'s. */
function moneyOf({ table, lines }: Facts): Pick<Case, "costUsd" | "lineCosts"> {
	const usdPerUnit = lines.map(({ unitPricePico, per }) =>
		unitPricePico === null ? 0 : Number(unitPricePico) / 1e12 / (per === "request" ? 1 : bytesPerGb),
	);
	const lineCosts: Case["lineCosts"] = (flow, requests, bytesSent, objectBytes) => {
		const amounts = { request: requests, byteSent: bytesSent, objectByte: objectBytes };
		return [...table.charges.subarray(table.offsets[flow]!, table.offsets[flow + 1]!)].map((index) => {
			const { usageType, outsideS3, per } = lines[index]!;
			return { usageType, outsideS3, costUsd: usdPerUnit[index]! * amounts[per] };
		});
	};
	return {
		lineCosts,
		costUsd: (flow, requests, bytesSent, objectBytes) => {
			let usd = 0;
			for (let i = table.offsets[flow]!; i < table.offsets[flow + 1]!; i++) {
				const line = table.charges[i]!;
				const per = table.linePer[line]!;
				usd += usdPerUnit[line]! * (per === 0 ? requests : per === 1 ? bytesSent : objectBytes);
			}
			return usd;
		},
	};
}
