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
