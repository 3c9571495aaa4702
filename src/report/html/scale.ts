/** Scales of the pictures: round ticks for amounts, calendar ticks for time, positions in per cent. Numbers in and out. */
import type { Bins } from "../../model/charts.ts";

/** Round steps from 0 to the first at or above `largest`, about `wanted` of them. */
export function ticksTo(largest: number, wanted: number): number[] {
	const raw = Math.max(largest, Number.MIN_VALUE) / wanted;
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
	return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, index) => index * step);
}

const hour = 3600;
const day = 24 * hour;
const timeSteps = [hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day];
/** Two labels beside each other on a wide screen; every second one is left out on a narrow one. */
const maxTimeTicks = 10;
/** A label further right would not end on the picture. */
const lastTickPercent = 93;

export interface TimeTick {
	percent: number;
	label: string;
}

/** `10-13` at the start of a day, `06:00` within one; years when the window is that long. */
export function timeTicks(bins: Bins): TimeTick[] {
	const length = bins.count * bins.hoursPerBin * hour;
	const step =
		timeSteps.find((candidate) => length / candidate <= maxTimeTicks) ??
		Math.ceil(length / maxTimeTicks / day) * day;
	const ticks: TimeTick[] = [];
	const end = bins.startSeconds + length;
	for (let time = Math.ceil(bins.startSeconds / step) * step; time < end; time += step) {
		const percent = percentOf(time, bins);
		const iso = new Date(time * 1000).toISOString();
		const date = length > 300 * day ? iso.slice(0, 10) : iso.slice(5, 10);
		if (percent <= lastTickPercent)
			ticks.push({ percent, label: time % day === 0 ? date : iso.slice(11, 16) });
	}
	return ticks;
}

/** Where a time lies between the first bin's start and the last one's end, 0 to 100. */
export function percentOf(seconds: number, { startSeconds, hoursPerBin, count }: Bins): number {
	const share = (seconds - startSeconds) / (count * hoursPerBin * hour);
	return Number((Math.min(1, Math.max(0, share)) * 100).toFixed(2));
}

/** When a bin begins, as people read it: `2026-10-13 15:00`. */
export function binTime(bin: number, { startSeconds, hoursPerBin }: Bins): string {
	return new Date((startSeconds + bin * hoursPerBin * hour) * 1000)
		.toISOString()
		.slice(0, 16)
		.replace("T", " ");
}

/** `an hour`, `6 hours`, `a day`: the width of a bin in words. */
export function binWidth({ hoursPerBin }: Bins): string {
	if (hoursPerBin === 1) return "hour";
	return hoursPerBin % 24 === 0 ? dayWidth(hoursPerBin / 24) : `${hoursPerBin} hours`;
}

function dayWidth(days: number): string {
	return days === 1 ? "day" : `${days} days`;
}
