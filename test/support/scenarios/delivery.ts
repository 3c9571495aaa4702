/**
 * How S3 delivers the records: many small objects, out of order, some late, some lost, some twice.
 * In: drafts in any order and how bad the delivery is. Out: the objects, and the truth about what they hold.
 * Layouts: by event day (all names at midnight), by delivery time, or flat, as in access-logs.md 1.8.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Draft, renderLine, requestId } from "../log-line.ts";
import { Truth } from "../truth.ts";
import type { World } from "./world.ts";

export interface DeliveryOptions {
	layout: "event-day" | "delivery" | "flat";
	/** Objects of so many seconds each. */
	objectSeconds: number;
	/** Share of records that come hours later than the others. */
	lateShare: number;
	/** Nothing that is delivered later is there: the newest hours are incomplete. */
	seenAtSeconds: number;
	/** Shares of the objects. */
	missingShare: number;
	duplicatedShare: number;
	/** Objects named for these moments are lost too: a gap in the log, unix seconds. */
	gap?: { from: number; to: number };
}

export const goodDelivery: DeliveryOptions = {
	layout: "event-day",
	objectSeconds: 4 * 3600,
	lateShare: 0.002,
	seenAtSeconds: Number.POSITIVE_INFINITY,
	missingShare: 0,
	duplicatedShare: 0,
};

export interface LogObject {
	/** With slashes. */
	path: string;
	bytes: Buffer;
}

export interface Delivered {
	objects: LogObject[];
	/** Of the objects that are there, each once. */
	truth: Truth;
	/** Records that were sent; those of missing objects too. */
	sent: number;
}

/** Records are handed in some minutes after their time, and not in order. */
const usualDelaySeconds = 40 * 60;
const lateSeconds = 8 * 3600;

interface Pending {
	/** Of the delivery, unix seconds. */
	timeSeconds: number;
	day: number;
	drafts: { order: number; draft: Draft }[];
}

export function deliver(world: World, drafts: readonly Draft[], options: DeliveryOptions): Delivered {
	const random = world.random;
	const truth = new Truth();
	const objects: LogObject[] = [];
	const pending = [...pendingObjects(world, drafts, options).values()].sort(
		(left, right) => left.timeSeconds - right.timeSeconds || left.day - right.day,
	);
	for (const { timeSeconds, day, drafts: held } of pending) {
		const isLost = isBetween(timeSeconds, options.gap) || random.fraction() < options.missingShare;
		if (timeSeconds > options.seenAtSeconds || isLost) continue;
		const lines = held
			.sort((left, right) => left.order - right.order)
			.map(({ draft }) => {
				truth.add(draft);
				return renderLine(draft);
			});
		const bytes = Buffer.from(`${lines.join("\n")}\n`, "latin1");
		truth.bytes += bytes.length;
		objects.push({ path: objectPath(world, options.layout, timeSeconds, day), bytes });
		if (random.fraction() < options.duplicatedShare)
			objects.push({ path: objectPath(world, options.layout, timeSeconds, day), bytes });
	}
	return { objects, truth, sent: drafts.length };
}

function isBetween(time: number, span: DeliveryOptions["gap"]): boolean {
	return span !== undefined && time >= span.from && time < span.to;
}

function pendingObjects(
	world: World,
	drafts: readonly Draft[],
	options: DeliveryOptions,
): Map<string, Pending> {
	const { random } = world;
	const objects = new Map<string, Pending>();
	for (const draft of drafts) {
		const extra = random.fraction() < options.lateShare ? random.below(lateSeconds) : 0;
		const handedIn = draft.timeSeconds + random.below(usualDelaySeconds) + extra;
		const turn = Math.floor(handedIn / options.objectSeconds);
		// An object by event time holds one day.
		const day = options.layout === "event-day" ? Math.floor(draft.timeSeconds / 86_400) : 0;
		const id = `${turn} ${day}`;
		let object = objects.get(id);
		if (object === undefined) {
			const timeSeconds = (turn + 1) * options.objectSeconds + random.below(300);
			object = { timeSeconds, day, drafts: [] };
			objects.set(id, object);
		}
		object.drafts.push({ order: handedIn, draft });
	}
	return objects;
}

function objectPath(
	world: World,
	layout: DeliveryOptions["layout"],
	timeSeconds: number,
	day: number,
): string {
	const named = new Date((layout === "event-day" ? day * 86_400 : timeSeconds) * 1000).toISOString();
	const name = `${named.slice(0, 19).replace("T", "-").replaceAll(":", "-")}-${requestId(world.random)}`;
	if (layout === "flat") return `logs/${name}`;
	const folder = [world.account, world.region, world.bucket.name, ...named.slice(0, 10).split("-")];
	return `${folder.join("/")}/${name}`;
}

export function writeObjects(folder: string, objects: readonly LogObject[]): void {
	for (const { path: name, bytes } of objects) {
		const file = path.join(folder, name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, bytes);
	}
}
