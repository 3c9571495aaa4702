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

/** Columns of facts whose values together make an actor. */
const identity = ["bucket", "requester", "source-ip", "user-agent"] as const;

function actorsOf({ flows, places, column }: Facts): { actors: Actor[]; actorOf: Int32Array } {
	const { parts, examples } = combine(identity.map(column), flows.length);
	const reader = (dimension: FlowDimension): ((flow: number) => string) => {
		const { parts: of, values } = column(dimension);
		return (flow) => values[of[flow]!]!;
	};
	const [bucket, requester, iamUser, session] = (["bucket", "requester", "iam-user", "session"] as const).map(
		reader,
	) as [Read, Read, Read, Read];
	const [account, sourceIp, cluster, networkPath] = (
		["account", "source-ip", "cluster", "network-path"] as const
	).map(reader) as [Read, Read, Read, Read];
	const [userAgent, software] = (["user-agent", "software"] as const).map(reader) as [Read, Read];
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

type Read = (flow: number) => string;

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
