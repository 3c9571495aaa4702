/**
 * The window that the tallies cover, and which of its hours are complete.
 *
 * An hour is complete when the logs reach over both of its ends and its late records have had time to arrive.
 * S3 delivers "most log records within a few hours" (S3 User Guide, server access log delivery).
 */
import type { TimeWindow } from "./model/analysis.ts";
import type { Block } from "./model/flow.ts";
import { isoTime } from "./model/units.ts";

/** How long records may still arrive after their time. */
export const deliveryDelaySeconds = 3 * 3600;

/** A log that begins within this many seconds after the hour covers the hour. */
const edgeSeconds = 60;

export interface Coverage {
	window: TimeWindow | null;
	/** Hours since 1970. */
	completeHours: ReadonlySet<number>;
}

/** `hours` as `foldHours` makes them. `from` and `to`: the flags, seconds. */
export function coverageOf(
	hours: Block,
	flags: { from: number | undefined; to: number | undefined },
	newestDelivery: number | undefined,
	now: number,
): Coverage {
	let first = Number.POSITIVE_INFINITY;
	let last = Number.NEGATIVE_INFINITY;
	for (let row = 0; row < hours.rows; row++) {
		const start = hours.time[row]! * 60;
		first = Math.min(first, start + hours.first[row]!);
		last = Math.max(last, start + hours.last[row]!);
	}
	if (!Number.isFinite(first)) return { window: null, completeHours: new Set() };
	const from = flags.from ?? Math.floor(first / 3600) * 3600;
	const to = flags.to ?? (Math.floor(last / 3600) + 1) * 3600;
	const settled = (newestDelivery === undefined ? now : Math.min(now, newestDelivery)) - deliveryDelaySeconds;
	const begin = Math.max(from, flags.from ?? first - edgeSeconds);
	const end = Math.min(to, flags.to ?? last + edgeSeconds, settled);
	const completeHours = new Set<number>();
	for (let hour = Math.ceil(begin / 3600); (hour + 1) * 3600 <= end; hour++) completeHours.add(hour);
	const window = { from: isoTime(from), to: isoTime(to), hours: (to - from) / 3600 };
	return { window, completeHours };
}

export interface CellWindow {
	from: number | undefined;
	to: number | undefined;
	/** A sentence when the window had to be widened. */
	note: string | undefined;
}

/** The dataset knows minutes, and hours where keys matter: a finer window is widened to them, and that is said. */
export function wholeCells(
	flags: { from: number | undefined; to: number | undefined },
	cell: "minute" | "hour",
): CellWindow {
	const seconds = cell === "hour" ? 3600 : 60;
	const from = flags.from === undefined ? undefined : Math.floor(flags.from / seconds) * seconds;
	const to = flags.to === undefined ? undefined : Math.ceil(flags.to / seconds) * seconds;
	if (from === flags.from && to === flags.to) return { from, to, note: undefined };
	const begin = from === undefined ? "the beginning" : isoTime(from);
	const end = to === undefined ? "the end" : isoTime(to);
	const knows = cell === "hour" ? "keys by the hour" : "requests by the minute";
	const note = `The dataset knows ${knows}: the window was widened to whole ${cell}s, ${begin} to ${end}. Give SOURCE for an exact window.`;
	return { from, to, note };
}
