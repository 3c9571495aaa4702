/**
 * What looks odd in a log and is nothing wrong: a rule that calls one of these a problem cries wolf.
 * In: a world and its base. Out: parts without any expectation, to be mixed into clean and troubled logs alike.
 */
import { helmS3 } from "../chart-bucket.ts";
import type { Draft } from "../log-line.ts";
import type { Base } from "./base.ts";
import { timerSeconds } from "./base.ts";
import { chartmuseum, type Deployment } from "./chartmuseum.ts";
import { changeAt, type ExpectedChange, type Part } from "./expected.ts";
import { helmDownloads, pulls } from "./people.ts";
import { arrivals } from "./rhythm.ts";
import { failed, isWeekday, type World } from "./world.ts";

type Oddity = (world: World, base: Base) => Part;

const boto = (version: string) =>
	`Boto3/${version} md/Botocore#${version} ua/2.0 os/linux#5.10.226 md/arch#x86_64 lang/python#3.12.5 ` +
	`md/pyimpl#CPython cfg/retry-mode#legacy Botocore/${version}`;

/** A batch job that runs for half an hour, once. */
const spike: Oddity = (world) => {
	const asker = {
		...world.privateAddress(),
		requester: world.role("batch", "once"),
		userAgent: boto("1.35.10"),
	};
	const from = world.middle();
	const times = arrivals(world, { from, to: from + 1800, perDay: 20_000, rhythm: "flat" });
	return {
		drafts: times.map((time, index) =>
			world.get(asker, time, { key: `exports/once/${index}.json`, sizeBytes: 9_000 }),
		),
	};
};

/** `helm pull --verify`: half of the packages have no provenance file. */
const provenance: Oddity = (world) => {
	const asker = {
		...world.privateAddress(),
		requester: world.role("deploy-verified", "main"),
		userAgent: helmS3,
	};
	const packages = pulls(world, asker, { perDay: 30, rhythm: "office" });
	const files = packages.map((draft) => {
		const file = world.get(asker, draft.timeSeconds + 1, { key: `${draft.rawKey}.prov`, sizeBytes: 1_100 });
		return draft.bytesSent % 2 === 0 ? file : failed(file, "404", "NoSuchKey");
	});
	return { drafts: [...packages, ...files] };
};

/** Machines that come and go with their private addresses; the role stays. */
const fleet: Oddity = (world) => {
	const drafts: Draft[] = [];
	for (let from = world.from; from < world.to; from += 8 * 3600) {
		const instance = world.random.next().toString(16).padStart(8, "0");
		const asker = {
			...world.privateAddress(),
			requester: world.role("deploy-fleet", `i-0${instance}`),
			userAgent: helmS3,
		};
		const to = Math.min(from + 9 * 3600, world.to);
		drafts.push(...helmDownloads(world, asker, { from, to, perDay: 40, rhythm: "service" }));
	}
	return { drafts };
};

/** A job whose SDK is upgraded, and which does what it did. */
const sdkUpgrade: Oddity = (world) => {
	const source = world.privateAddress();
	const requester = world.role("inventory-check", "main");
	const upgrade = world.middle();
	const drafts = arrivals(world, { perDay: 150, rhythm: "flat" }).map((time) => {
		const userAgent = boto(time < upgrade ? "1.35.10" : "1.36.2");
		const chart = world.random.pick(world.charts);
		const draft = world.request({ ...source, requester, userAgent }, time, "REST.HEAD.OBJECT", chart.key);
		draft.objectSizeBytes = chart.sizeBytes;
		return draft;
	});
	return { drafts };
};

function deploymentOf(world: World, base: Base): Deployment {
	return {
		release: base.release,
		source: world.natAddress(),
		requester: (pod) => base.requester(700 + pod),
		intervalSeconds: timerSeconds,
		hasState: true,
	};
}

/** A cluster that is replaced by a new one of the same version; the map has both. */
const movedCluster: Oddity = (world, base) => {
	const name = world.clusterName();
	const before = deploymentOf(world, base);
	const after = deploymentOf(world, base);
	const move = world.middle();
	return {
		drafts: [
			...chartmuseum(world, { ...before, to: move }),
			...chartmuseum(world, { ...after, from: move - 600 }),
		],
		mapEntries: [before, after].map(({ source }) => ({ ip: source.remoteIp, cluster: name, isNat: false })),
	};
};

/** A cluster for developers that is switched off at night and on Sundays and Saturdays. */
const switchedOff: Oddity = (world, base) => {
	const deployment = deploymentOf(world, base);
	const drafts: Draft[] = [];
	const mayChanges: ExpectedChange[] = [];
	const midnight = Math.floor(world.from / 86_400) * 86_400;
	for (let day = midnight; day < world.to; day += 86_400) {
		if (!isWeekday(day)) continue;
		const from = Math.max(day + 7 * 3600 + world.random.below(300), world.from);
		const to = Math.min(day + 19 * 3600 + world.random.below(300), world.to);
		if (from < to) drafts.push(...chartmuseum(world, { ...deployment, from, to }));
		// Which rhythm it is, a short log cannot tell.
		if (!isWeekday(day - 86_400) || world.options.days < 4) mayChanges.push(changeAt(from, "up"));
		if (!isWeekday(day + 86_400) || world.options.days < 4) mayChanges.push(changeAt(to, "down"));
	}
	const mapEntries = [{ ip: deployment.source.remoteIp, cluster: world.clusterName(), isNat: false }];
	return { drafts, mapEntries, mayChanges };
};

/** An orderly restart of a deployment with a state file: two pods at once, and nothing is downloaded again. */
const redeployed: Oddity = (world, base) => {
	const deployment = { ...deploymentOf(world, base), replicas: 2, restarts: [world.middle()] };
	const mapEntries = [{ ip: deployment.source.remoteIp, cluster: world.clusterName(), isNat: false }];
	return { drafts: chartmuseum(world, deployment), mapEntries };
};

export const oddities: Readonly<Record<string, Oddity>> = {
	spike,
	provenance,
	fleet,
	sdkUpgrade,
	movedCluster,
	switchedOff,
	redeployed,
};
