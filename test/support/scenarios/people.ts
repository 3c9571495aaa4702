/**
 * Who else uses a chart bucket: deployments that pull, CI with helm-s3, engineers with aws-cli and the console,
 * Terraform, and AWS itself. All of it is ordinary; what is wrong with a bucket lives in problems.ts.
 * In: a world and how much of it. Out: drafts. How the tools behave: chart-repositories.md 2.4 and 5.1.
 */
import { awsCli, browser, helmS3, internalTail, s3Console, terraform } from "../chart-bucket.ts";
import { type Draft, hostId } from "../log-line.ts";
import type { Asker } from "../request-draft.ts";
import { configurations } from "../story-actors.ts";
import { type Arrivals, arrivals } from "./rhythm.ts";
import { type Chart, failed, type World } from "./world.ts";

const indexBytes = 91_400;
const uploads = (asker: Asker): Asker => ({ ...asker, userAgent: `${asker.userAgent} S3Manager` });

/** Users' downloads through a cluster's ChartMuseum or by themselves; few packages are most of it. */
export function pulls(world: World, asker: Asker | ((time: number) => Asker), wanted: Arrivals): Draft[] {
	return arrivals(world, wanted).map((time) => {
		let chart: Chart | undefined;
		while (chart === undefined || chart.sinceSeconds >= time)
			chart = world.popular[world.random.zipf(world.popular.length)];
		return world.get(typeof asker === "function" ? asker(time) : asker, time, chart);
	});
}

/** `helm s3 push`: finds the Region with dummy credentials, looks for the package, writes it and the index. */
export function helmPush(world: World, asker: Asker, chart: Chart): Draft[] {
	const time = chart.sinceSeconds - 2;
	const nobody = { ...asker, requester: "-" };
	return [
		failed(world.request(nobody, time, "REST.HEAD.BUCKET", "-"), "403", "InvalidAccessKeyId"),
		failed(world.request(asker, time, "REST.HEAD.OBJECT", chart.key), "404", "NoSuchKey"),
		world.put(uploads(asker), time + 1, chart.key, chart.sizeBytes),
		...indexUpdate(world, asker, time + 2),
	];
}

function indexUpdate(world: World, asker: Asker, time: number): Draft[] {
	const read = world.get(uploads(asker), time, { key: "index.yaml", sizeBytes: indexBytes });
	read.status = "206";
	return [read, world.put(uploads(asker), time + 1, "index.yaml", indexBytes)];
}

/** `helm s3 delete`: takes the package out of the bucket and then out of the index. */
export function helmDelete(world: World, asker: Asker, time: number, key: string): Draft[] {
	const [read, write] = indexUpdate(world, asker, time);
	const removed = [key, `${key}.prov`].map((name) => {
		const draft = world.request(asker, time + 1, "BATCH.DELETE.OBJECT", name);
		// Batch lines encode the key once, and have neither URI nor user agent.
		draft.rawKey = name.replace("+", "%2B");
		return { ...draft, requestUri: "-", userAgent: "-", isUserAgentBare: true, referer: "-", status: "204" };
	});
	const post = world.request(asker, time + 1, "REST.POST.MULTI_OBJECT_DELETE", "-", "?delete");
	return [read!, post, ...removed, { ...write!, timeSeconds: Math.floor(time + 2) }];
}

/** Uploads through ChartMuseum's API: it looks for the package, writes it, and writes its state. */
export function chartmuseumUploads(world: World, asker: Asker, wanted: Arrivals): Draft[] {
	return arrivals(world, wanted).flatMap((time, index) => {
		const key = `snapshot-0.${index}.0-dev.tgz`;
		return [
			failed(world.request(asker, time, "REST.GET.OBJECT", key), "404", "NoSuchKey"),
			world.put(uploads(asker), time + 1, key, 40_000),
			world.put(uploads(asker), time + 2, "index-cache.yaml", indexBytes),
		];
	});
}

/** `helm s3 reindex`: lists, asks for the head of every package, one after the other, and writes the index. */
export function helmReindex(world: World, asker: Asker, time: number): Draft[] {
	const charts = world.chartsAt(time);
	const heads = charts.map((chart, index) => {
		const draft = world.request(asker, time + 1 + index * 0.03, "REST.HEAD.OBJECT", chart.key);
		draft.objectSizeBytes = chart.sizeBytes;
		return draft;
	});
	return [
		world.list(asker, time, "?list-type=2&prefix="),
		...heads,
		world.put(uploads(asker), time + 2 + charts.length * 0.03, "index.yaml", indexBytes),
	];
}

/** `helm repo update` and `helm pull` with an s3:// repository. */
export function helmDownloads(world: World, asker: Asker, wanted: Arrivals): Draft[] {
	return pulls(world, uploads(asker), wanted).flatMap((draft) => {
		const index = world.get(uploads(asker), draft.timeSeconds - 1, {
			key: "index.yaml",
			sizeBytes: indexBytes,
		});
		index.status = "206";
		draft.status = "206";
		return [index, draft];
	});
}

/** CI: a run, and so a session, for each push of the world. */
export function continuousIntegration(world: World): Draft[] {
	const source = world.natAddress();
	const role = world.random.pick(["ci-publish", "github-actions", "release-bot"]);
	let run = 4000 + world.random.below(3000);
	return world.charts
		.filter(({ sinceSeconds }) => sinceSeconds > 0)
		.flatMap((chart) => {
			run += 1 + world.random.below(30);
			const requester = world.role(role, `run-${run}`);
			return helmPush(world, { ...source, requester, userAgent: helmS3 }, chart);
		});
}

/** An engineer with the AWS CLI, from outside AWS or from a private address. */
export function engineers(world: World, perDay: number): Draft[] {
	const source = world.internetAddress();
	const requester = world.role("AWSReservedSSO_Platform_0f1e2d3c4b5a6978", "engineer@example.com");
	const cli = { ...source, requester, userAgent: awsCli };
	const web = { ...cli, userAgent: s3Console };
	return arrivals(world, { perDay, rhythm: "office" }).flatMap((time) =>
		world.random.below(3) === 0
			? [
					world.list(web, time, "?list-type=2&delimiter=%2F&max-keys=300&prefix="),
					world.request(web, time + 1, "REST.GET.VERSIONING", "-", "?versioning"),
					world.request({ ...web, userAgent: browser }, time + 2, "REST.OPTIONS.PREFLIGHT", "-"),
				]
			: [
					world.list(cli, time, "?list-type=2&prefix=&delimiter=%2F&encoding-type=url"),
					...copyOne(world, cli, time + 20),
				],
	);
}

/** `aws s3 cp` of one package: its head, and the package. */
function copyOne(world: World, cli: Asker, time: number): Draft[] {
	const asker = { ...cli, userAgent: cli.userAgent.replace("s3.ls", "s3.cp") };
	const chart = world.popular.find(({ sinceSeconds }) => sinceSeconds < time);
	if (chart === undefined || world.random.below(4) > 0) return [];
	const head = world.request(asker, time, "REST.HEAD.OBJECT", chart.key);
	head.objectSizeBytes = chart.sizeBytes;
	return [head, world.get(asker, time + 1, chart)];
}

/** `aws s3 sync` as a nightly backup: lists, and copies what is new since the last night, inside the Region. */
export function nightlySync(world: World): Draft[] {
	const asker = {
		...world.privateAddress(),
		requester: world.role("backup", "nightly"),
		userAgent: awsCli.replace("s3.ls", "s3.sync"),
	};
	const drafts: Draft[] = [];
	let before = world.from;
	for (let time = world.from + 2 * 3600; time < world.to; time += 86_400) {
		drafts.push(world.list(asker, time, "?list-type=2&prefix=&encoding-type=url"));
		const added = world.charts.filter(({ sinceSeconds }) => sinceSeconds >= before && sinceSeconds < time);
		drafts.push(...added.map((chart, index) => world.get(asker, time + 1 + index, chart)));
		before = time;
	}
	return drafts;
}

export function terraformPlans(world: World, perDay: number): Draft[] {
	const asker = {
		...world.natAddress(),
		requester: world.role("terraform", "plan"),
		userAgent: terraform,
	};
	return arrivals(world, { perDay, rhythm: "office" }).flatMap((time) =>
		configurations.map(([resource, query, errorCode], index) => {
			const draft = world.request(asker, time + index * 0.2, `REST.GET.${resource}`, "-", query);
			return errorCode === "" ? draft : failed(draft, "404", errorCode);
		}),
	);
}

/** What AWS does by itself: inventories delivered, old versions expired, replicas written, CloudFront's reads. */
export function amazon(world: World, perDay: number): Draft[] {
	const kinds = [inventory, expiry, cloudFront, replication];
	return arrivals(world, { perDay, rhythm: "flat" }).map((time) => world.random.pick(kinds)(world, time));
}

const nowhere = { remoteIp: "-", sourceRegion: "-" };

function inventory(world: World, time: number): Draft {
	const asker = { ...nowhere, requester: "svc:delivery.logs.amazonaws.com", userAgent: "-" };
	return internal(world, world.put(asker, time, `inventory/${time}.csv.gz`, 20_000));
}

function expiry(world: World, time: number): Draft {
	const asker = { ...nowhere, requester: "AmazonS3", userAgent: "-" };
	const draft = world.request(asker, time, "S3.EXPIRE.OBJECT", `inventory/${time - 864_000}.csv.gz`);
	draft.requestUri = '"-"';
	draft.status = "-";
	return internal(world, draft);
}

function cloudFront(world: World, time: number): Draft {
	const asker = { ...nowhere, requester: "svc:cloudfront.amazonaws.com", userAgent: "Amazon CloudFront" };
	return internal(world, world.get(asker, time, { key: "icons/logo.png", sizeBytes: 8_112 }));
}

function replication(world: World, time: number): Draft {
	const requester = world.role("s3-replication", "s3-replication");
	const asker = { ...nowhere, requester, userAgent: "-" };
	return internal(world, world.put(asker, time, `replica/${time}.json`, 4_100));
}

function internal(world: World, draft: Draft): Draft {
	draft.tail = `${hostId(world.random)} ${internalTail}`;
	return draft;
}

/** chartcost itself, which looks at the index now and then. */
export function chartcostVisits(world: World): Draft[] {
	const asker = {
		...world.privateAddress(),
		requester: world.role("chart-proxy", "serve"),
		userAgent: "chartcost/0.1.0",
	};
	return arrivals(world, { perDay: 20, rhythm: "service" }).map((time) => {
		const draft = world.get(asker, time, { key: "index.yaml", sizeBytes: indexBytes });
		draft.status = "304";
		draft.bytesSent = 0;
		return draft;
	});
}
