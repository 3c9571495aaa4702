/**
 * A month of 5,000 sources and 40 clients as a case, every hour of it different: the largest page there can be.
 * In: a seed and sizes. Out: the part of a case that is drawn.
 */
import type { DrawnCase } from "../../src/charts-data.ts";
import type { Actor } from "../../src/model/case.ts";
import type { Block } from "../../src/model/flow.ts";
import { hostileNames } from "./hostile-names.ts";
import { Random } from "./random.ts";

export const monthStart = Date.UTC(2026, 9, 1) / 1000;

export function actor(fields: Partial<Actor>): Actor {
	return {
		bucket: "acme-charts",
		requester: "arn:aws:iam::111122223333:user/chartmuseum",
		iamUser: "user/chartmuseum",
		session: "-",
		account: "111122223333",
		sourceIp: "192.0.2.10",
		cluster: "unmapped",
		viaNat: false,
		networkPath: "same-region",
		userAgent: "aws-sdk-go/1.37.28 (go1.15; linux; amd64)",
		client: "aws-sdk-go/1.37.28",
		product: "aws-sdk-go",
		version: "1.37.28",
		software: "ChartMuseum 0.13.1",
		...fields,
	};
}

/** Hours of a month. */
const monthHours = 744;

/** One row: an actor's requests in an hour, counted from the start. */
export type HourRow = readonly [actor: number, hour: number, requests: number];

/** Each actor has one flow of the same number. */
export function caseOfRows(
	actors: readonly Actor[],
	hours: number,
	rows: readonly HourRow[],
	startSeconds = monthStart,
): DrawnCase {
	const startHour = startSeconds / 3600;
	const column = (pick: (row: HourRow) => number) => Int32Array.from(rows, pick);
	const block: Block = {
		grain: "minute",
		rows: rows.length,
		flow: column(([flow]) => flow),
		time: column(([, hour]) => (startHour + hour) * 60),
		key: new Int32Array(0),
		requests: column(([, , requests]) => requests),
		bytesSent: new Float64Array(rows.length),
		objectBytes: new Float64Array(rows.length),
		first: new Int32Array(rows.length),
		last: new Int32Array(rows.length),
	};
	return {
		fromSeconds: startSeconds,
		toSeconds: startSeconds + hours * 3600,
		completeHours: new Set(Array.from({ length: hours }, (_, hour) => startHour + hour)),
		actors,
		actorOf: Int32Array.from(actors, (_, index) => index),
		hours: block,
	};
}

export function monthCase(sources: number, clients: number): DrawnCase {
	const random = new Random(31);
	const hours = monthHours;
	const actors = Array.from({ length: sources }, (_, index) => {
		const version = index % clients;
		const hostile = hostileNames[index % hostileNames.length] ?? "";
		return actor({
			sourceIp: `2001:db8:1234:5678:9abc:def0:${(index >> 8).toString(16)}:${(index & 255).toString(16)}`,
			cluster: `cluster-${index % 70} ${hostile}`,
			client: `aws-sdk-go/1.44.${version} ${hostileNames[version % hostileNames.length]}`,
			software: `ChartMuseum 0.16.${version} ${hostileNames[version % hostileNames.length]}`,
		});
	});
	// The first sixty are always there, with another number in every hour; the others come and go.
	const rows: HourRow[] = [];
	for (let source = 0; source < sources; source++) {
		for (
			let hour = source < 60 ? 0 : random.below(30);
			hour < hours;
			hour += source < 60 ? 1 : 20 + random.below(40)
		) {
			rows.push([source, hour, 1 + random.below(source < 60 ? 2_000_000 : 50)]);
		}
	}
	return caseOfRows(actors, hours, rows);
}
