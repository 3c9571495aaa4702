/**
 * The logs of fixtures/findings: for each finding a small log that has it (`yes…`) and one that nearly has it
 * (`no…`). In: nothing but a seed. Out: drafts by name, with a cluster map where the case needs one.
 * `node --import tsx test/support/finding-fixtures-write.ts` writes them after a change.
 */
import { account, bucketOwner, helmS3, host, terraform } from "./chart-bucket.ts";
import type { Draft } from "./log-line.ts";
import { Random } from "./random.ts";
import { type Asker, requestDraft } from "./request-draft.ts";

const random = new Random(20_261_013);
const bucket = { owner: bucketOwner, name: "acme-charts", host };
const begin = Date.UTC(2026, 9, 12) / 1000;

const agents = {
	"0.12.0": "aws-sdk-go/1.29.32 (go1.13.8; linux; amd64)",
	"0.13.1": "aws-sdk-go/1.37.28 (go1.16.3; linux; amd64)",
	"0.15.0": "aws-sdk-go/1.44.27 (go1.17.8; linux; amd64)",
	"0.16.1": "aws-sdk-go/1.44.288 (go1.20.5; linux; amd64)",
};
const boto = "Boto3/1.35.10 md/Botocore#1.35.10 ua/2.0 os/linux#6.1 lang/python#3.12.5 cfg/retry-mode#legacy";
const awsCli = "aws-cli/2.17.44 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0 lang/python#3.11.9 md/command#s3.ls";
const production = "192.0.2.10";
const staging = "192.0.2.20";
const unknown = "198.51.100.7";

function museum(release: keyof typeof agents, remoteIp = production): Asker {
	const requester = `arn:aws:iam::${account}:user/chartmuseum`;
	return { remoteIp, requester, userAgent: agents[release], sourceRegion: "us-east-1" };
}

function job(role: string, userAgent = boto, more: Partial<Asker> = {}): Asker {
	const requester = `arn:aws:sts::${account}:assumed-role/${role}/main`;
	return { remoteIp: "198.51.100.20", requester, userAgent, sourceRegion: "us-east-1", ...more };
}

const packages = "auth billing catalog events gateway identity ledger mailer media search".split(" ");
const keys = packages.map((name, index) => `${name}-1.${index}.0.tgz`);

/** A request at an hour of the log; more fields in `more`. */
function at(
	hour: number,
	asker: Asker,
	operation: string,
	key = "-",
	more: Partial<Draft> & { query?: string } = {},
): Draft {
	const { query, ...fields } = more;
	const timeSeconds = Math.floor(begin + hour * 3600);
	return { ...requestDraft(random, bucket, asker, operation, key, query), timeSeconds, ...fields };
}

function get(hour: number, asker: Asker, key: string, bytes = 40_000): Draft {
	return at(hour, asker, "REST.GET.OBJECT", key, { bytesSent: bytes, objectSizeBytes: bytes });
}

function list(hour: number, asker: Asker, query = "?prefix="): Draft {
	return at(hour, asker, "REST.GET.BUCKET", "-", { query, bytesSent: 290 + 331 * keys.length });
}

/** Hours from `from` to `to` in steps. */
function every(step: number, from: number, to: number): number[] {
	return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

/** Hours that people's requests come at. */
function sometimes(perHour: number, from: number, to: number): number[] {
	const count = Math.round(perHour * (to - from));
	return Array.from({ length: count }, () => from + (random.below(1e6) / 1e6) * (to - from)).sort(
		(a, b) => a - b,
	);
}

const second = 1 / 3600;

function sweeps(asker: Asker, from: number, to: number, step = 1): Draft[] {
	return every(step, from, to).flatMap((hour) => [
		list(hour, asker),
		...keys.map((key, index) => get(hour + (1 + index) * second, asker, key)),
	]);
}

function timer(asker: Asker, from: number, to: number, step = 0.5): Draft[] {
	return every(step, from, to).map((hour) => list(hour, asker));
}

/** One every half an hour, a package now and then: a ChartMuseum with nothing wrong. */
function healthy(to: number, remoteIp = staging): Draft[] {
	const asker = museum("0.16.1", remoteIp);
	const users = sometimes(2, 0, to).map((hour) => get(hour, asker, random.pick(keys)));
	return [...timer(asker, 0.2, to), ...users];
}

function failed(draft: Draft, status: string, errorCode: string): Draft {
	return { ...draft, status, errorCode, bytesSent: 243 };
}

function push(hour: number, key: string): Draft[] {
	const asker = job("ci-publish", helmS3);
	const uploader = { ...asker, userAgent: `${helmS3} S3Manager` };
	return [
		failed(at(hour, { ...asker, requester: "-" }, "REST.HEAD.BUCKET"), "403", "InvalidAccessKeyId"),
		failed(at(hour, asker, "REST.HEAD.OBJECT", key), "404", "NoSuchKey"),
		at(hour, uploader, "REST.PUT.OBJECT", key, { objectSizeBytes: 40_000 }),
		at(hour, uploader, "REST.GET.OBJECT", "index.yaml", { status: "206", bytesSent: 9000 }),
		at(hour, uploader, "REST.PUT.OBJECT", "index.yaml", { objectSizeBytes: 9000 }),
	];
}

/** Everybody moves from 0.15.0 to 0.16.1, staging at hour 6 and production at hour 8; `stays` does not. */
function rollout(stays: string[]): Draft[] {
	const moves = [
		[staging, 6],
		[production, 8],
	] as const;
	return [
		...moves.flatMap(([ip, hour]) => [
			...timer(museum("0.15.0", ip), 0.1, hour),
			...timer(museum("0.16.1", ip), hour, 24),
		]),
		...stays.flatMap((ip) => timer(museum("0.15.0", ip), 0.3, 24)),
	];
}

const nobody: Partial<Asker> = { requester: "-", remoteIp: "203.0.113.99", sourceRegion: "-" };
const gigabytes = 5 * 2 ** 30;
const big = (asker: Asker): Draft[] =>
	every(0.5, 0.1, 8).map((hour, index) => get(hour, asker, `dump-${index}.bin`, gigabytes));
const inMap = (ips: string[], nat: boolean): string =>
	`known:\n  ips: [${ips.map((ip) => `"${ip}"`).join(", ")}]\n  nat: ${nat}\n`;

export interface FindingFixture {
	/** `chartmuseum-sweep/yes-restart`: a folder that is an id of the contract, and a name. */
	name: string;
	drafts: Draft[];
	clusters?: string;
}

function lists(): FindingFixture[] {
	const old = museum("0.12.0");
	const restarted = museum("0.16.1");
	const starts = [3.1, 6.3, 9.2];
	const burst = (hour: number) => [
		list(hour, restarted),
		...keys.toReversed().map((key) => get(hour + second, restarted, key)),
	];
	return [
		{ name: "chartmuseum-sweep/yes", drafts: sweeps(museum("0.13.1"), 0.1, 8) },
		{
			name: "chartmuseum-sweep/yes-restart",
			drafts: [...timer(restarted, 0.2, 12), ...starts.flatMap(burst)],
		},
		{
			name: "chartmuseum-sweep/yes-invalid-package",
			drafts: [
				...healthy(12),
				...timer(restarted, 0.1, 12, 1 / 3).flatMap((draft, index) => [
					draft,
					get(0.1 + index / 3 + second, restarted, "broken-0.0.1.tgz"),
				]),
			],
		},
		{ name: "chartmuseum-sweep/no", drafts: healthy(12) },
		{ name: "chartmuseum-listing/yes", drafts: sometimes(20, 0, 8).map((hour) => list(hour, old)) },
		{ name: "chartmuseum-listing/yes-timer", drafts: healthy(8) },
		{
			name: "chartmuseum-listing/no",
			drafts: every(1, 0, 8).map((hour) => list(hour, job("backup", awsCli), "?list-type=2&prefix=")),
		},
		{
			name: "list-storm/yes",
			drafts: every(0.01, 0, 2).map((hour) => list(hour, job("watcher", awsCli), "?list-type=2&prefix=")),
		},
		{
			name: "list-storm/no",
			drafts: every(0.5, 0, 2).map((hour) => list(hour, job("watcher", awsCli), "?list-type=2&prefix=")),
		},
	];
}

function versions(): FindingFixture[] {
	return [
		{ name: "client-rollout/yes", drafts: rollout([]) },
		{
			name: "client-rollout/no",
			drafts: [...timer(museum("0.15.0", staging), 0.1, 24), ...timer(museum("0.16.1"), 0.2, 24)],
		},
		{ name: "stale-client/yes", drafts: rollout([unknown]) },
		{ name: "stale-client/no", drafts: rollout([]) },
		{ name: "stray-cluster/yes", drafts: rollout([unknown]) },
		{
			name: "stray-cluster/yes-not-in-map",
			drafts: [...healthy(8), ...timer(museum("0.16.1", unknown), 0.3, 8)],
			clusters: inMap([staging], false),
		},
		{
			name: "stray-cluster/no",
			drafts: [...healthy(8), ...timer(museum("0.16.1"), 0.3, 8), ...push(3, "new-1.0.0.tgz")],
			clusters: inMap([staging, production], false),
		},
	];
}

function rates(): FindingFixture[] {
	const worker = job("exporter");
	const reads = (perHour: number, from: number, to: number) =>
		sometimes(perHour, from, to).map((hour, index) => get(hour, worker, `export/${from}-${index}.json`, 900));
	return [
		{ name: "request-drop/yes", drafts: [...healthy(48), ...reads(8, 0, 24.5)] },
		{ name: "request-drop/no", drafts: [...healthy(48), ...reads(2, 0, 48)] },
		{ name: "request-surge/yes", drafts: [...healthy(48), ...reads(8, 24.5, 48)] },
		{ name: "request-surge/no", drafts: [...healthy(48), ...reads(2, 0, 48)] },
	];
}

function transfers(): FindingFixture[] {
	const here = job("importer");
	const outside = job("importer", boto, { remoteIp: "203.0.113.40", sourceRegion: "-" });
	const abroad = job("importer", boto, { sourceRegion: "eu-west-1" });
	return [
		{ name: "nat-transfer/yes", drafts: big(here), clusters: inMap([here.remoteIp], true) },
		{ name: "nat-transfer/no", drafts: big(here), clusters: inMap([here.remoteIp], false) },
		{ name: "internet-egress/yes", drafts: big(outside) },
		{ name: "internet-egress/no", drafts: big(here) },
		{ name: "cross-region-transfer/yes", drafts: big(abroad) },
		{ name: "cross-region-transfer/no", drafts: big(here) },
	];
}

function habits(): FindingFixture[] {
	const build = job("build");
	const reindexer = job("ci-publish", helmS3);
	const reindex = (hour: number) => [
		list(hour, reindexer, "?list-type=2&prefix="),
		...keys.map((key, index) => at(hour + index * second, reindexer, "REST.HEAD.OBJECT", key)),
		at(
			hour + 20 * second,
			{ ...reindexer, userAgent: `${helmS3} S3Manager` },
			"REST.PUT.OBJECT",
			"index.yaml",
		),
	];
	const plan = (hour: number) =>
		["CORS", "WEBSITE", "REPLICATION"].map((part) =>
			failed(at(hour, job("terraform", terraform), `REST.GET.${part}`), "404", `No${part}Configuration`),
		);
	return [
		{
			name: "error-storm/yes",
			drafts: every(0.01, 0, 2).map((hour) =>
				failed(at(hour, build, "REST.GET.OBJECT", "flags.json"), "404", "NoSuchKey"),
			),
		},
		{
			name: "error-storm/no",
			drafts: [
				...every(0.5, 0, 4).flatMap((hour) => push(hour, `app-1.0.${Math.round(hour * 10)}.tgz`)),
				...every(0.25, 0, 4).flatMap(plan),
			],
		},
		{
			name: "repeat-download/yes",
			drafts: every(0.05, 0, 4).map((hour) => get(hour, build, "gateway-1.4.0.tgz")),
		},
		{
			name: "repeat-download/no",
			drafts: [...every(0.05, 0, 4).map((hour) => get(hour, build, "index.yaml")), ...healthy(4)],
		},
		{
			name: "anonymous-access/yes",
			drafts: every(1, 0.1, 6).map((hour) => get(hour, job("", "curl/8.5.0", nobody), keys[0]!)),
		},
		{
			name: "anonymous-access/no",
			drafts: [
				...every(1, 0.1, 6).map((hour) =>
					failed(at(hour, job("", "curl/8.5.0", nobody), "REST.GET.OBJECT", keys[0]), "403", "AccessDenied"),
				),
				failed(at(2, job("", "curl/8.5.0", nobody), "REST.HEAD.OBJECT", keys[0]), "403", "AccessDenied"),
				...push(3, "new-1.0.0.tgz"),
			],
		},
		{ name: "reindex-cost/yes", drafts: every(1, 0.1, 6).flatMap(reindex) },
		{
			name: "reindex-cost/no",
			drafts: every(1, 0.1, 6).flatMap((hour) => push(hour, `app-1.0.${Math.round(hour)}.tgz`)),
		},
	];
}

/** All of them; call it once: the seed makes each log the same only in this order. */
export function findingFixtures(): FindingFixture[] {
	return [...lists(), ...versions(), ...rates(), ...transfers(), ...habits()];
}
