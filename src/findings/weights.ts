/**
 * When money is worth a warning. Shares alone would warn of pennies in a small log, dollars alone would stay silent
 * about a cause that a larger log makes expensive: both must hold.
 */
import type { Severity } from "../model/diagnosis.ts";

/** Below a dollar a month nobody changes anything. */
export const noticeableUsd = 1;
/** Somebody should look at this today. */
export const seriousUsd = 100;
/** Below this share of all cost, other things come first. */
export const noticeableShare = 0.05;
/** Mentioned at all, as `info`. Less is everyday life. */
export const mentionedUsd = 0.05;
export const mentionedShare = 0.1;

/** `undefined`: not worth a word. `usdPerMonth` is `null` when nothing can be projected. */
export function severityOfCost(usdPerMonth: number | null, shareOfCost: number): Severity | undefined {
	if (usdPerMonth === null) return shareOfCost >= mentionedShare ? "info" : undefined;
	if (usdPerMonth >= seriousUsd && shareOfCost >= noticeableShare) return "high";
	if (usdPerMonth >= noticeableUsd && shareOfCost >= noticeableShare) return "warn";
	if (usdPerMonth >= noticeableUsd) return "info";
	return usdPerMonth >= mentionedUsd && shareOfCost >= mentionedShare ? "info" : undefined;
}

export const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
