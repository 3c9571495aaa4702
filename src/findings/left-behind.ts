/**
 * Sources that still run the old version of a client after a roll-out has finished everywhere else.
 * In: roll-outs and programs. Out: who was left behind, by which roll-out. Programs that people start by hand or
 * from CI come and go with the version they happen to have: only what runs all the time can be left behind.
 */
import type { Case } from "../model/case.ts";
import type { Rollout, RolloutSource } from "../model/diagnosis.ts";
import type { Kind } from "./kinds.ts";
import type { Program } from "./programs.ts";

export interface LeftBehind {
	rollout: Rollout;
	source: RolloutSource;
	/** The old version at this source. */
	programs: Program[];
	/** True when the new version runs behind the same address. */
	isMixed: boolean;
}

/** An upgrade cluster by cluster takes hours; sooner, nobody is late. */
const minBehindSeconds = 6 * 3600;
/** Seen this recently it still runs: listings may be an hour or more apart, and the newest records are not there yet. */
const recentSeconds = 6 * 3600;
/** Of the hours since the roll-out: what runs in a cluster is seen in most of them, a person's laptop is not. */
const minActiveShare = 0.2;

const byHand: ReadonlySet<Kind> = new Set([
	"aws-cli",
	"terraform",
	"console",
	"service",
	"cloudfront",
	"chartcost",
	"helm-s3",
]);

export function leftBehindBy(
	rollouts: readonly Rollout[],
	programs: readonly Program[],
	{ toSeconds }: Pick<Case, "toSeconds">,
	hoursOf: (programs: readonly Program[]) => number[],
): LeftBehind[] {
	return rollouts.flatMap((rollout) => {
		const finished = Date.parse(rollout.finishedAt) / 1000;
		if (toSeconds - finished < minBehindSeconds) return [];
		return rollout.sources.flatMap((source) => {
			const until = source.oldUntil === null ? Number.NEGATIVE_INFINITY : Date.parse(source.oldUntil) / 1000;
			if (until < toSeconds - recentSeconds || until < finished + minBehindSeconds / 2) return [];
			const own = programs.filter((program) => isOldAt(program, rollout, source));
			const hours = hoursOf(own).filter((hour) => hour * 3600 >= finished);
			const isSteady = hours.length >= ((until - finished) / 3600) * minActiveShare;
			if (own.length === 0 || own.every(({ kind }) => byHand.has(kind)) || !isSteady) return [];
			return [{ rollout, source, programs: own, isMixed: source.switchedAt !== null }];
		});
	});
}

function isOldAt(program: Program, rollout: Rollout, source: RolloutSource): boolean {
	return (
		program.bucket === rollout.bucket &&
		program.iamUser === rollout["iam-user"] &&
		program.sourceIp === source.sourceIp &&
		program.client === rollout.from
	);
}
