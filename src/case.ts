/**
 * Tallies and facts to what the diagnosis reads: actors instead of flows, and rows asked for by flow.
 * In: the question that all answers share, and the hours folded from minutes. Out: a `Case`.
 */
import type { Question } from "./answer.ts";
import { type Client, clientOf } from "./clients/client.ts";
import { combine } from "./combine.ts";
import type { Facts, FlowDimension } from "./facts.ts";
import type { Actor, Case } from "./model/case.ts";
import type { Block } from "./model/flow.ts";
import { decodeKey } from "./model/keys.ts";
import { usdPerUnit } from "./price/money.ts";
import { sumKeyUses } from "./rollup/key-uses.ts";
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
		keyUses: (wanted) => sumKeyUses(tallies.hours(), span, wanted),
		keyName: (id, operation) => decodeKey(tallies.keys.raw(id), operation),
		...moneyOf(facts),
	};
}

/** Columns of facts whose values together make an actor. */
const identity = ["bucket", "requester", "source-ip", "user-agent"] as const;

function actorsOf({ flows, places, column }: Facts): { actors: Actor[]; actorOf: Int32Array } {
	const { parts, examples } = combine(identity.map(column), flows.length);
	const reader = (dimension: FlowDimension): ((flow: number) => string) => {
		const { parts: of, values } = column(dimension);
		return (flow) => values[of[flow]!]!;
	};
	const bucket = reader("bucket");
	const requester = reader("requester");
	const iamUser = reader("iam-user");
	const session = reader("session");
	const account = reader("account");
	const sourceIp = reader("source-ip");
	const cluster = reader("cluster");
	const networkPath = reader("network-path");
	const userAgent = reader("user-agent");
	const software = reader("software");
	const clients = new Map<string, Client>();
	const actors = Array.from(examples, (flow): Actor => {
		const agent = userAgent(flow);
		let client = clients.get(agent);
		if (client === undefined) {
			client = clientOf(agent);
			clients.set(agent, client);
		}
		return {
			bucket: bucket(flow),
			requester: requester(flow),
			iamUser: iamUser(flow),
			session: session(flow),
			account: account(flow),
			sourceIp: sourceIp(flow),
			cluster: cluster(flow),
			viaNat: places[flow]!.viaNat,
			networkPath: networkPath(flow),
			userAgent: agent,
			client: client.client,
			product: client.product,
			version: client.version,
			software: software(flow),
		};
	});
	return { actors, actorOf: parts };
}

/** Money as doubles, good for ranking and for sentences; the exact bill is `answer.ts`'s. */
function moneyOf({ table, lines }: Facts): Pick<Case, "costUsd" | "lineCosts"> {
	const rates = lines.map(({ unitPricePico, per }) =>
		unitPricePico === null ? 0 : usdPerUnit(per, unitPricePico),
	);
	const lineCosts: Case["lineCosts"] = (flow, requests, bytesSent, objectBytes) => {
		const amounts = { request: requests, byteSent: bytesSent, objectByte: objectBytes };
		return [...table.charges.subarray(table.offsets[flow]!, table.offsets[flow + 1]!)].map((index) => {
			const { usageType, per } = lines[index]!;
			return { usageType, costUsd: rates[index]! * amounts[per] };
		});
	};
	return {
		lineCosts,
		costUsd: (flow, requests, bytesSent, objectBytes) => {
			let usd = 0;
			for (let i = table.offsets[flow]!; i < table.offsets[flow + 1]!; i++) {
				const line = table.charges[i]!;
				const per = table.linePer[line]!;
				usd += rates[line]! * (per === 0 ? requests : per === 1 ? bytesSent : objectBytes);
			}
			return usd;
		},
	};
}
