/**
 * Requests per hour over time as a block chart: points in, lines out.
 * Each column is one hour, or the mean of several when the window is wider than the line.
 */
import type { TimelinePoint } from "../model/analysis.ts";
import { wrap } from "./layout.ts";
import type { Style } from "./style.ts";
import { count, minuteOf } from "./words.ts";

const hourMs = 3_600_000;
/** Hours per column that put the days at even distances. */
const niceHours = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 720];
const blocks = { unicode: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], ascii: [" ", ".", ":", "#"] };

interface Columns {
	/** Mean requests per hour of each column. */
	values: number[];
	hoursPerColumn: number;
	startMs: number;
}

/** Heading, then the chart with its scale on the left and days below. Both are empty when there are no points. */
export function timelineLines(
	points: readonly TimelinePoint[],
	chartRows: number,
	style: Style,
): { heading: string[]; chart: string[] } {
	const first = points[0];
	if (first === undefined) return { heading: [], chart: [] };
	const peak = points.reduce((best, point) => (point.requests > best.requests ? point : best), first);
	const labelWidth = Math.max(count(peak.requests).length, 4);
	const columns = columnsOf(points, Math.max(10, style.width - labelWidth - 2));
	const largest = Math.max(1, ...columns.values);
	const labelOf = (row: number) => (row === 0 ? count(Math.ceil(largest)) : row === chartRows - 1 ? "0" : "");
	const chart = [
		...drawn(columns.values, largest, chartRows, style.unicode).map((line, row) =>
			`${labelOf(row).padStart(labelWidth)}  ${line}`.trimEnd(),
		),
		`${" ".repeat(labelWidth + 2)}${dayLabels(columns)}`.trimEnd(),
	];
	return { heading: wrap(headingOf(points, peak, columns.hoursPerColumn), style.width, "  "), chart };
}

function headingOf(points: readonly TimelinePoint[], peak: TimelinePoint, hoursPerColumn: number): string {
	const partial = points.filter((point) => !point.complete).length;
	return [
		hoursPerColumn === 1 ? "Requests per hour" : `Requests per hour, mean of ${hoursPerColumn} hours`,
		`peak ${count(peak.requests)} at ${minuteOf(peak.time)} UTC`,
		...(partial > 0 ? [`${count(partial)} incomplete`] : []),
	].join(", ");
}

/** Sorts points into columns by their time: an hour without a point is an hour without requests. */
function columnsOf(points: readonly TimelinePoint[], room: number): Columns {
	const times = points.map((point) => Date.parse(point.time));
	const startMs = times[0] ?? 0;
	const hours = Math.round(((times.at(-1) ?? startMs) - startMs) / hourMs) + 1;
	const hoursPerColumn =
		niceHours.find((width) => Math.ceil(hours / width) <= room) ?? Math.ceil(hours / room);
	const sums = new Array<number>(Math.ceil(hours / hoursPerColumn)).fill(0);
	for (const [index, point] of points.entries()) {
		const column = Math.floor(((times[index] ?? startMs) - startMs) / hourMs / hoursPerColumn);
		sums[column] = (sums[column] ?? 0) + point.requests;
	}
	// The last column may hold fewer hours than the others.
	const values = sums.map((sum, column) => sum / Math.min(hoursPerColumn, hours - column * hoursPerColumn));
	return { values, hoursPerColumn, startMs };
}

function drawn(values: readonly number[], largest: number, chartRows: number, unicode: boolean): string[] {
	const levels = unicode ? blocks.unicode : blocks.ascii;
	const perRow = levels.length - 1;
	// Whatever is not 0 is seen: a column with a single request gets the lowest block.
	const heights = values.map((value) =>
		value === 0 ? 0 : Math.max(1, Math.round((value / largest) * chartRows * perRow)),
	);
	return Array.from({ length: chartRows }, (_, row) => {
		const floor = (chartRows - 1 - row) * perRow;
		return heights.map((height) => levels[Math.min(perRow, Math.max(0, height - floor))]).join("");
	});
}

/** `10-12` under the first column of each day, as far as the labels have room. */
function dayLabels({ values, hoursPerColumn, startMs }: Columns): string {
	let line = "";
	let lastDay = "";
	for (const column of values.keys()) {
		const day = new Date(startMs + column * hoursPerColumn * hourMs).toISOString().slice(5, 10);
		if (day !== lastDay && (line === "" || line.length + 1 <= column)) {
			line = `${line.padEnd(column)}${day}`;
		}
		lastDay = day;
	}
	return line;
}
