/**
 * How a roll-out changed the requests of the sources that switched: the mean rate after it against the one before.
 * In: the scene, a roll-out and its sources. Out: the relative change; `null` when it is small or unknown.
 */
import type { Rollout, RolloutSource } from "../model/diagnosis.ts";
import type { Scene } from "./scene.ts";

/** Hours on either side: a rate of fewer says nothing. */
const minHours = 3;
/** A smaller change is not worth a word. */
const minTrend = 0.1;

export function trendOf(scene: Scene, rollout: Rollout, sources: readonly RolloutSource[]): number | null {
	const isOwn = ownPrograms(scene, rollout, sources);
	const { hours, completeHours } = scene.theCase;
	const begin = Math.floor(Date.parse(rollout.startedAt) / 3_600_000);
	const end = Math.floor(Date.parse(rollout.finishedAt) / 3_600_000);
	let before = 0;
	let after = 0;
	for (let row = 0; row < hours.rows; row++) {
		if (isOwn[scene.ofFlow[hours.flow[row]!]!] !== 1) continue;
		const hour = hours.time[row]! / 60;
		if (!completeHours.has(hour)) continue;
		if (hour < begin) before += hours.requests[row]!;
		if (hour > end) after += hours.requests[row]!;
	}
	const hoursBefore = [...completeHours].filter((hour) => hour < begin).length;
	const hoursAfter = [...completeHours].filter((hour) => hour > end).length;
	if (before === 0 || hoursBefore < minHours || hoursAfter < minHours) return null;
	const trend = after / hoursAfter / (before / hoursBefore) - 1;
	return Math.abs(trend) < minTrend ? null : trend;
}

function ownPrograms(
	{ programs }: Scene,
	{ bucket, from, to, "iam-user": iamUser }: Rollout,
	sources: readonly RolloutSource[],
): Uint8Array {
	const ips = new Set(sources.map(({ sourceIp }) => sourceIp));
	return Uint8Array.from(programs, (program) => {
		const isClient = program.client === from || program.client === to;
		return isClient && ips.has(program.sourceIp) && program.bucket === bucket && program.iamUser === iamUser
			? 1
			: 0;
	});
}
