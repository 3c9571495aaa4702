/**
 * The roll-outs in every format: the terminal draws them, JSON prints them as they are, and the plain tables have one
 * row per roll-out, source and version.
 */
import type { RolloutReport } from "../model/comparison.ts";
import { isLeftBehind } from "../model/diagnosis.ts";
import { rolloutLines } from "./gantt.ts";
import { wrap } from "./layout.ts";
import { type Sheet, type SheetCell, type SheetColumn, sheetFormat } from "./sheet.ts";
import { paint, type Style } from "./style.ts";
import { json, minuteOf } from "./words.ts";

export type RolloutFormat = (report: RolloutReport, style: Style) => string | AsyncIterable<string>;

/** Throws a usage error for formats that show analyses only. */
export function rolloutFormat(name: string): RolloutFormat {
	if (name === "table") return terminal;
	if (name === "json") {
		return ({ window, rollouts, notes }) =>
			`${json({ schema: "chartcost/rollouts@1", window, rollouts, notes }, 2)}\n`;
	}
	const render = sheetFormat(name);
	return (report, style) => render(sheetOf(report), style);
}

function terminal({ window, rollouts }: RolloutReport, style: Style): string {
	const { bold } = paint(style);
	if (window === null || rollouts.length === 0) {
		return `${wrap(nothing(window), style.width).map(bold).join("\n")}\n`;
	}
	return `${rollouts.map((rollout) => rolloutLines(rollout, window, style).join("\n")).join("\n\n")}\n`;
}

function nothing(window: RolloutReport["window"]): string {
	if (window === null) return "No roll-outs: no request was read.";
	return (
		`No roll-outs: from ${minuteOf(window.from)} to ${minuteOf(window.to)} UTC nobody replaced one version ` +
		"of a client by another."
	);
}

const columns: readonly SheetColumn[] = [
	{ name: "bucket", kind: "text", detail: true },
	{ name: "iam-user", kind: "text" },
	{ name: "requester", kind: "text", detail: true },
	{ name: "from", kind: "text", detail: true },
	{ name: "to", kind: "text", detail: true },
	{ name: "startedAt", kind: "time", detail: true },
	{ name: "finishedAt", kind: "time", detail: true },
	{ name: "source-ip", kind: "text" },
	{ name: "cluster", kind: "text" },
	{ name: "network-path", kind: "text", detail: true },
	{ name: "client", kind: "text" },
	{ name: "software", kind: "text" },
	{ name: "firstSeen", kind: "time" },
	{ name: "lastSeen", kind: "time" },
	{ name: "requests", kind: "number" },
	{ name: "switchedAt", kind: "time", detail: true },
	{ name: "oldUntil", kind: "time", detail: true },
	{ name: "leftBehind", kind: "text" },
];

function sheetOf({ window, rollouts, notes }: RolloutReport): Sheet {
	const rows = rollouts.flatMap((rollout) =>
		rollout.sources.flatMap((source) =>
			source.spans.map((span): SheetCell[] => [
				rollout.bucket,
				rollout["iam-user"],
				rollout.requester,
				rollout.from,
				rollout.to,
				rollout.startedAt,
				rollout.finishedAt,
				source.sourceIp,
				source.cluster,
				source.networkPath,
				span.client,
				span.software,
				span.firstSeen,
				span.lastSeen,
				span.requests,
				source.switchedAt,
				source.oldUntil,
				isLeftBehind(source, rollout),
			]),
		),
	);
	const title = rollouts.length === 0 ? [nothing(window)] : [];
	return { head: { schema: "chartcost/rollouts@1" }, title, columns, rows: [rows], notes };
}
