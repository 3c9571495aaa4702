/**
 * ChartMuseum as it reads its bucket, release by release (chart-repositories.md 1.4 and 5.1).
 * In: a deployment: which release, from where, from when to when. Out: its drafts, and the truth about its sweeps.
 * 0.12 lists on every request; 0.13 downloads every package on each pass; since 0.14 only what is new or broken.
 */
import type { Draft } from "../log-line.ts";
import type { Asker } from "../request-draft.ts";
import { type Chart, failed, type Source, type World } from "./world.ts";

/** chart-repositories.md 1.1: the SDK that each release was built with. */
const sdkVersions = {
	"0.12.0": "1.29.32",
	"0.13.1": "1.37.28",
	"0.14.0": "1.42.44",
	"0.15.0": "1.44.27",
	"0.16.1": "1.44.288",
	"0.16.2": "1.47.11",
} as const;

export type Release = keyof typeof sdkVersions;

export function clientOf(release: Release): string {
	return `aws-sdk-go/${sdkVersions[release]}`;
}

export interface Deployment {
	release: Release;
	source: Source;
	/** The requester; sessions of a role differ per pod. */
	requester: (pod: number) => string;
	/** The window's ends when left out: then it ran before and after. */
	from?: number;
	to?: number;
	intervalSeconds: number;
	replicas?: number;
	/** `DISABLE_STATEFILES` is false: index-cache.yaml is read and written. */
	hasState?: boolean;
	/** Packages that never enter the index: one GET on each pass. */
	broken?: readonly Chart[];
	/** Moments at which the pods are replaced. */
	restarts?: readonly number[];
	/** Users' requests for the index; only 0.12 lists for them. */
	indexRequests?: readonly number[];
	/** Somebody else's index-cache.yaml stays as it is. */
	prefix?: string;
}

const indexBytes = 58_214;

interface Pod {
	world: World;
	deployment: Deployment;
	asker: Asker;
	/** When it starts, or the window's begin when it ran before. */
	from: number;
	to: number;
	isFresh: boolean;
}

export function agentOf(release: Release, goVersion = "go1.20.12"): string {
	return `${clientOf(release)} (${goVersion}; linux; amd64)`;
}

export function chartmuseumAsker(deployment: Deployment, pod = 0): Asker {
	const { release, source, requester } = deployment;
	// Releases before 0.16.1 name the bucket in the host.
	const isVirtualHost = release !== "0.16.1" && release !== "0.16.2";
	return { ...source, requester: requester(pod), userAgent: agentOf(release), isVirtualHost };
}

/** Everything that the replicas send by themselves. Users' downloads are the concern of people.ts. */
export function chartmuseum(world: World, deployment: Deployment): Draft[] {
	const { from = world.from, to = world.to, replicas = 1, restarts = [] } = deployment;
	const drafts: Draft[] = [];
	let podNumber = 0;
	for (let replica = 0; replica < replicas; replica++) {
		const starts = [from, ...restarts.map((time) => time + 20 * replica)];
		for (const [index, start] of starts.entries()) {
			const asker = chartmuseumAsker(deployment, podNumber++);
			const isFresh = index > 0 || deployment.from !== undefined;
			const end = starts[index + 1] ?? to;
			for (const draft of runPod({ world, deployment, asker, from: start, to: end, isFresh }))
				drafts.push(draft);
		}
	}
	return drafts;
}

function runPod(pod: Pod): Draft[] {
	if (pod.deployment.release === "0.12.0") return listOnRequest(pod);
	return pod.deployment.release === "0.13.1" ? sweep(pod) : regenerate(pod);
}

const cacheKey = ({ deployment }: Pod) => `${deployment.prefix ?? ""}index-cache.yaml`;
const listQuery = ({ deployment }: Pod) => `?prefix=${(deployment.prefix ?? "").replace("/", "")}`;

/** Reads the state file, which is there or is not. */
function startUp(pod: Pod): Draft[] {
	if (!pod.isFresh) return [];
	const { world, asker, deployment } = pod;
	const draft = world.get(asker, pod.from, { key: cacheKey(pod), sizeBytes: indexBytes });
	return [deployment.hasState === true ? draft : failed(draft, "404", "NoSuchKey")];
}

/** The first pass comes at once for a pod without a state, and after an interval otherwise. */
function* passes(pod: Pod): Generator<number> {
	const { intervalSeconds, hasState } = pod.deployment;
	const { random } = pod.world;
	const first = !pod.isFresh ? random.below(intervalSeconds) : hasState === true ? intervalSeconds : 2;
	for (let time = pod.from + first; time < pod.to; time += intervalSeconds) yield time;
}

const saveIndex = (pod: Pod, time: number) =>
	pod.deployment.hasState === true
		? [pod.world.put(uploader(pod.asker), time, cacheKey(pod), indexBytes)]
		: [];

const uploader = (asker: Asker): Asker => ({ ...asker, userAgent: `${asker.userAgent} S3Manager` });

/** Downloads one after the other in key order; returns the time after the last. */
function inOrder(pod: Pod, charts: readonly Chart[], from: number, out: Draft[]): number {
	const { world, asker } = pod;
	let timeMs = from * 1000;
	for (const chart of charts) {
		const draft = world.get(asker, timeMs / 1000, chart);
		out.push(draft);
		timeMs += (draft.totalTimeMs ?? 0) + 40 + world.random.below(200);
	}
	return timeMs / 1000;
}

/** Downloads at once, in no order. */
function burst(pod: Pod, charts: readonly Chart[], from: number): Draft[] {
	return charts.map((chart) => pod.world.get(pod.asker, from + pod.world.random.below(3), chart));
}

/** 0.13.x: list, then every package; what is new to the index is downloaded a second time. */
function sweep(pod: Pod): Draft[] {
	const { world, asker } = pod;
	const drafts = startUp(pod);
	const isEmpty = pod.isFresh && pod.deployment.hasState !== true;
	let known = new Set(isEmpty ? [] : world.chartsAt(pod.from).map(({ key }) => key));
	for (const time of passes(pod)) {
		const present = world.chartsAt(time);
		drafts.push(world.list(asker, time, listQuery(pod)));
		const end = inOrder(pod, present, time + 1, drafts);
		const added = present.filter(({ key }) => !known.has(key));
		drafts.push(...burst(pod, added, end));
		if (added.length > 0) drafts.push(...saveIndex(pod, end + 3));
		known = new Set(present.map(({ key }) => key));
	}
	return drafts;
}

/** 0.14 and later: list on a timer, download what is new, and what is broken each time. */
function regenerate(pod: Pod): Draft[] {
	const { world, asker, deployment } = pod;
	const broken = deployment.broken ?? [];
	const drafts = startUp(pod);
	const isEmpty = pod.isFresh && deployment.hasState !== true;
	let known = new Set(isEmpty ? [] : world.chartsAt(pod.from).map(({ key }) => key));
	for (const time of passes(pod)) {
		const present = world.chartsAt(time);
		drafts.push(world.list(asker, time, listQuery(pod), present.length + broken.length));
		const added = present.filter(({ key }) => !known.has(key));
		drafts.push(...burst(pod, [...added, ...broken], time + 1));
		if (added.length + broken.length > 0) drafts.push(...saveIndex(pod, time + 4));
		known = new Set(present.map(({ key }) => key));
	}
	return drafts;
}

/** 0.12 and before: a listing for each request for the index. */
function listOnRequest(pod: Pod): Draft[] {
	const { world, asker, deployment } = pod;
	const drafts = startUp(pod);
	let known = new Set(world.chartsAt(pod.from).map(({ key }) => key));
	for (const time of deployment.indexRequests ?? []) {
		if (time < pod.from || time >= pod.to) continue;
		const present = world.chartsAt(time);
		drafts.push(world.list(asker, time, listQuery(pod)));
		drafts.push(
			...burst(
				pod,
				present.filter(({ key }) => !known.has(key)),
				time + 1,
			),
		);
		known = new Set(present.map(({ key }) => key));
	}
	return drafts;
}
