/**
 * One roll-out as a drawing in text: a bar per source and version over the time of the logs. In: a roll-out and the
 * window. Out: lines. Where a bar ends, another begins or the source was left behind.
 */
import type { TimeWindow } from "../model/analysis.ts";
import { isLeftBehind, type Rollout, type RolloutSource } from "../model/diagnosis.ts";
import { shorten, widthOf, wrap } from "./layout.ts";
import { paint, type Style, signs } from "./style.ts";
import { minuteOf, plural, spanOfHours, visible } from "./words.ts";

/** Sources drawn: one screen; the machine formats have them all. */
const maxDrawn = 12;
const indent = "  ";
const maxLabel = 24;
/** Names longer than this are shortened in headings; real ones are not. */
const maxName = 48;

export function rolloutLines(rollout: Rollout, window: TimeWindow, style: Style): string[] {
	const { bold, dim } = paint(style);
	const say = (text: string) =>
		shorten(
			visible(text, !style.unicode),
			Math.min(maxName, style.width - 2 * indent.length),
			signs(style).ellipsis,
		);
	const drawn = rollout.sources.slice(0, maxDrawn);
	const labels = new Map(
		drawn.flatMap(({ spans }) => spans.map(({ client }) => [client, say(versionOf(client, rollout))])),
	);
	const labelWidth = Math.min(maxLabel, Math.max(...[...labels.values()].map(widthOf), 4));
	const scale = scaleOf(window, style.width - 2 * indent.length - labelWidth - 2);
	const lines = [...wrap(headingOf(rollout, say), style.width, indent).map(bold), summaryOf(rollout)];
	for (const source of drawn) {
		lines.push("", ...sourceHeading(source, rollout, say, style));
		for (const client of new Set(source.spans.map((span) => span.client))) {
			const label = shorten(labels.get(client)!, labelWidth, signs(style).ellipsis).padEnd(labelWidth);
			const bar = barOf(
				source.spans.filter((span) => span.client === client),
				scale,
				style,
			);
			lines.push(`${indent}${indent}${label}${indent}${bar}`.trimEnd());
		}
	}
	const hidden = rollout.sources.length - drawn.length;
	if (hidden > 0) lines.push("", `${indent}and ${plural(hidden, "more source")}; --json has them`);
	const pad = " ".repeat(2 * indent.length + labelWidth + indent.length);
	lines.push(dim(`${pad}${axisOf(scale)}`));
	return lines;
}

/** `1.37.28` where the product is the same on both sides, as it always is. */
function versionOf(client: string, { from }: Rollout): string {
	const product = from.slice(0, from.indexOf("/") + 1);
	return product !== "" && client.startsWith(product) ? client.slice(product.length) : client;
}

function headingOf(rollout: Rollout, say: (text: string) => string): string {
	const named = (client: string, software: string) =>
		software === "" || software === client || software.endsWith(" program")
			? say(client)
			: `${say(client)} (${say(software)})`;
	return (
		`${say(rollout["iam-user"])}, bucket ${say(rollout.bucket)}: ` +
		`${named(rollout.from, rollout.fromSoftware)} to ${named(rollout.to, rollout.toSoftware)}`
	);
}

function summaryOf(rollout: Rollout): string {
	const switched = rollout.sources.filter(({ switchedAt }) => switchedAt !== null).length;
	const behind = rollout.sources.filter((source) => isLeftBehind(source, rollout)).length;
	const until =
		minuteOf(rollout.startedAt) === minuteOf(rollout.finishedAt) ? "" : ` to ${minuteOf(rollout.finishedAt)}`;
	const left = behind === 0 ? "" : `, ${behind} left behind`;
	return `${minuteOf(rollout.startedAt)}${until} UTC: ${plural(switched, "source")} switched${left}`;
}

function sourceHeading(
	source: RolloutSource,
	rollout: Rollout,
	say: (text: string) => string,
	style: Style,
): string[] {
	const { warn } = paint(style);
	const cluster = source.cluster === "unmapped" ? "" : ` ${say(source.cluster)}`;
	const behind = isLeftBehind(source, rollout);
	const words = behind
		? `LEFT BEHIND: ran ${say(rollout.from)} until ${minuteOf(source.oldUntil!)}`
		: source.switchedAt !== null
			? `switched ${minuteOf(source.switchedAt)}${overlapOf(source)}`
			: source.oldUntil !== null
				? `ran ${say(rollout.from)} until ${minuteOf(source.oldUntil)}`
				: `ran ${say(rollout.to)} all along`;
	const lines = wrap(`${indent}${say(source.sourceIp)}${cluster}: ${words}`, style.width, indent.repeat(2));
	return behind ? lines.map(warn) : lines;
}

function overlapOf({ switchedAt, oldUntil }: RolloutSource): string {
	if (switchedAt === null || oldUntil === null || oldUntil <= switchedAt) return "";
	return `, both for ${spanOfHours((Date.parse(oldUntil) - Date.parse(switchedAt)) / 3_600_000)}`;
}

interface Scale {
	startMs: number;
	msPerColumn: number;
	columns: number;
}

function scaleOf({ from, to }: TimeWindow, room: number): Scale {
	const columns = Math.max(10, Number.isFinite(room) ? room : 80);
	const startMs = Date.parse(from);
	return { startMs, columns, msPerColumn: Math.max(1, Date.parse(to) - startMs) / columns };
}

function barOf(
	spans: readonly { firstSeen: string; lastSeen: string }[],
	{ startMs, columns, msPerColumn }: Scale,
	style: Style,
): string {
	const cells = new Array<string>(columns).fill(style.unicode ? "·" : ".");
	const columnOf = (time: string) =>
		Math.min(columns - 1, Math.max(0, Math.floor((Date.parse(time) - startMs) / msPerColumn)));
	for (const { firstSeen, lastSeen } of spans) {
		cells.fill(style.unicode ? "█" : "#", columnOf(firstSeen), columnOf(lastSeen) + 1);
	}
	return cells.join("");
}

/** The day, or on short logs the hour, under the column it begins in. */
function axisOf({ startMs, msPerColumn, columns }: Scale): string {
	const short = msPerColumn * columns <= 36 * 3_600_000;
	let line = "";
	let last = "";
	for (let column = 0; column < columns; column++) {
		const time = new Date(startMs + column * msPerColumn).toISOString();
		const label = short ? `${time.slice(11, 13)}h` : time.slice(5, 10);
		const fits = line === "" || line.length + 1 <= column;
		if (label !== last && fits && column + label.length <= columns) line = `${line.padEnd(column)}${label}`;
		last = label;
	}
	return line;
}
