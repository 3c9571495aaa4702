/**
 * Sources that still run the old version of a client after a roll-out has finished everywhere else.
 * In: roll-outs and programs. Out: who was left behind, by which roll-out. Programs that people start by hand or
 * from CI come and go with the version they happen to have: only what runs all the time can be left behind.
 */
import type { Case } from "../model/case.ts";
import type { Rollout, RolloutSource } from "../model/diagnosis.ts";
import { grouped } from "../model/grouped.ts";
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
/** Still seen this long after the roll-out. */
const minStaySeconds = 3 * 3600;
/** Seen this recently it still runs: listings may be hours apart, and the newest records are not there yet. */
const recentSeconds = 6 * 3600;
/** What is not known to be a server must be seen in this share of the hours since the roll-out, and in so many. */
const minActiveShare = 0.5;
const minActiveHours = 6;

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
	if (rollouts.length === 0) return [];
	const users = new Set(rollouts.map((rollout) => rollout["iam-user"]));
	const running = grouped(
		programs.filter(({ iamUser, kind }) => users.has(iamUser) && !byHand.has(kind)),
		({ bucket, sourceIp, client, iamUser }) => placeName(bucket, sourceIp, client, iamUser),
	);
	/** A source may be old for several roll-outs: it is told for the newest. */
	const told = new Set<number>();
	const newestFirst = rollouts.toSorted((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
	return newestFirst.flatMap((rollout) => {
		const finished = Date.parse(rollout.finishedAt) / 1000;
		if (toSeconds - finished < minBehindSeconds) return [];
		const isStaying = ({ oldUntil }: RolloutSource): boolean => {
			const until = oldUntil === null ? Number.NEGATIVE_INFINITY : Date.parse(oldUntil) / 1000;
			return until >= toSeconds - recentSeconds && until >= finished + minStaySeconds;
		};
		const left = rollout.sources.filter(isStaying).flatMap((source) => {
			const name = placeName(rollout.bucket, source.sourceIp, rollout.from, rollout["iam-user"]);
			const own = (running.get(name) ?? []).filter(({ id }) => !told.has(id));
			const isSteady =
				own.some((program) => program.kind === "chartmuseum") || isActive(own, finished, toSeconds);
			return own.length > 0 && isSteady
				? [{ rollout, source, programs: own, isMixed: source.switchedAt !== null }]
				: [];
		});
		// While more run the old version than the new, the roll-out has not finished, or it was none.
		if (left.length > rollout.sources.filter((source) => runs(source, rollout.to)).length) return [];
		for (const { id } of left.flatMap((one) => one.programs)) told.add(id);
		return left;
	});

	function isActive(own: readonly Program[], from: number, to: number): boolean {
		const requests = own.reduce((sum, program) => sum + program.requests, 0);
		const wanted = Math.max(minActiveHours, ((to - from) / 3600) * minActiveShare);
		return requests >= wanted && hoursOf(own).filter((hour) => hour * 3600 >= from).length >= wanted;
	}
}

function runs({ spans }: RolloutSource, client: string): boolean {
	return spans.some((span) => span.client === client);
}

function placeName(bucket: string, sourceIp: string, client: string, iamUser: string): string {
	return `${bucket} ${sourceIp} ${client}\0${iamUser}`;
}
