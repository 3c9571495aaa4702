/**
 * The committed example logs: three days in which one cluster is upgraded and a forgotten one is not.
 * In: nothing but the seed below. Out: every file of fixtures/logs, the same bytes each time. fixtures/README.md
 * tells the story; `node --import tsx test/support/story-write.ts` writes it after a change.
 */
import { gzipSync } from "node:zlib";
import { account, bucket, region } from "./chart-bucket.ts";
import { type Draft, renderLine, requestId } from "./log-line.ts";
import { Random } from "./random.ts";
import * as actors from "./story-actors.ts";
import { at, endSeconds, startSeconds } from "./story-charts.ts";

export interface StoryFile {
	/** Below fixtures/logs, with slashes. */
	path: string;
	bytes: Buffer;
}

const seed = 20_261_012;
const daySeconds = 86_400;
/** S3 delivers about every hour; here every four, so that the files are not too many to look at. */
const deliverySeconds = 4 * 3600;
/** Delivered logs are not in order: servers hand in their records when they please. */
const lateSeconds = 1800;
const upgradeSeconds = at("13 15:42:07");
const secondReplicaSeconds = at("13 15:42:41");

/** All records of the story, caller by caller. */
export function storyDrafts(random: Random): Draft[] {
	const production = "192.0.2.10";
	const whole = { from: startSeconds, to: endSeconds };
	const days = ["12", "13", "14"];
	const old = { remoteIp: production, from: startSeconds };
	const upgraded = { remoteIp: production, phaseSeconds: 0, to: endSeconds };
	const isOld = (draft: Draft) => draft.timeSeconds < upgradeSeconds;
	const served = days.flatMap((day) => actors.deployments(random, actors.productionOldAsker, day, 26));
	return [
		...actors.oldReplica(random, { ...old, phaseSeconds: 251, to: upgradeSeconds }),
		...actors.oldReplica(random, { ...old, phaseSeconds: 1187, to: secondReplicaSeconds }),
		...actors.newReplica(random, { ...upgraded, from: upgradeSeconds }),
		...actors.newReplica(random, { ...upgraded, from: secondReplicaSeconds }),
		...actors.newReplica(random, { ...whole, remoteIp: "192.0.2.20", phaseSeconds: 482 }),
		...actors.oldReplica(random, { ...whole, remoteIp: "198.51.100.7", phaseSeconds: 689 }),
		...served.map((draft) =>
			isOld(draft) ? draft : { ...draft, userAgent: actors.productionNewAsker.userAgent },
		),
		...days.flatMap((day) => actors.deployments(random, actors.stagingAsker, day, 38)),
		...actors.continuousIntegration(random),
		...actors.terraformPlans(random),
		...actors.mirror(random),
		...actors.engineer(random),
		...actors.scanner(random),
	];
}

/** The records as log objects, named as S3 names them with date-based partitioning by event time. */
export function storyFiles(): StoryFile[] {
	const random = new Random(seed);
	const drafts = storyDrafts(random);
	const deliveries = new Map<string, { order: number; line: string }[]>();
	for (const draft of drafts) {
		const delivery = Math.floor(draft.timeSeconds / deliverySeconds);
		const name = `${delivery}/${random.below(2)}`;
		const order = draft.timeSeconds + random.below(lateSeconds);
		const lines = deliveries.get(name) ?? [];
		lines.push({ order, line: renderLine(draft) });
		deliveries.set(name, lines);
	}
	return [...deliveries]
		.sort(([left], [right]) => (left < right ? -1 : 1))
		.map(([name, lines], index) => {
			const sorted = lines.sort((left, right) => left.order - right.order).map(({ line }) => line);
			if (index === damagedFile) sorted[damagedLine] = (sorted[damagedLine] ?? "").slice(0, 171);
			return storyFile(random, Number(name.split("/")[0]) * deliverySeconds, sorted, index);
		});
}

/** One line of the story was cut off, as happens when logs are copied about. */
const damagedFile = 26;
const damagedLine = 40;
/** Somebody has compressed the oldest objects. */
const gzippedFiles = 3;

function storyFile(random: Random, timeSeconds: number, lines: string[], index: number): StoryFile {
	const day = new Date(Math.floor(timeSeconds / daySeconds) * daySeconds * 1000).toISOString().slice(0, 10);
	const folder = `${account}/${region}/${bucket}/${day.replaceAll("-", "/")}`;
	const path = `${folder}/${day}-00-00-00-${requestId(random)}`;
	const bytes = Buffer.from(`${lines.join("\n")}\n`, "latin1");
	return index < gzippedFiles
		? { path: `${path}.gz`, bytes: gzipSync(bytes, { level: 9 }) }
		: { path, bytes };
}

export const clustersYaml = `# Which cluster is behind which address. The team knows two; the logs know three.
production:
  ips: [192.0.2.10]
  nat: true
staging:
  ips: [192.0.2.20]
  nat: true
`;
