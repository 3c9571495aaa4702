/**
 * `chartcost serve`: credentials, disk, index preparer, metrics and log put together into a running chart proxy with an admin port.
 * In: effective settings and a clock. Out: addresses, and the ways to reload, drain and end it. What is wrong with a bucket or with
 * credentials is found out before the first client comes (serve/first-look.ts).
 */
import { credentialChain } from "./aws/credential-chain.ts";
import type { PriceBook } from "./price/book.ts";
import { createAdmin } from "./serve/admin/admin.ts";
import { type AdminServer, startAdmin } from "./serve/admin/admin-server.ts";
import type { Operated } from "./serve/admin/operated.ts";
import { type GatedDisk, gateDisk } from "./serve/cache/disk-gate.ts";
import { openDiskStore } from "./serve/cache/disk-store.ts";
import type { Clock } from "./serve/clock.ts";
import type { Address, ServeConfig } from "./serve/config/config.ts";
import { firstLook } from "./serve/first-look.ts";
import { createIndexPreparer } from "./serve/index-file/prepare-in-worker.ts";
import { createAccessLog } from "./serve/observe/access-log.ts";
import { openDescriptorSink, openFileSink } from "./serve/observe/log-sink.ts";
import { createLogWriter, type LogWriter } from "./serve/observe/log-writer.ts";
import type { LoopDelay } from "./serve/observe/process-numbers.ts";
import type { RequestRecord } from "./serve/observe/record.ts";
import { configuredRules } from "./serve/observe/rule-counters.ts";
import { ServeObserver } from "./serve/observe/serve-observer.ts";
import { operate } from "./serve/operate.ts";
import { createCredentials } from "./serve/origin/credentials.ts";
import type { CredentialProvider } from "./serve/origin/origin.ts";
import { Server, type ServerParts } from "./serve/server.ts";
import { certificateError, listenError } from "./serve/start-error.ts";
import { shareOf } from "./serve/workers/owner.ts";
import { indexNews, operateAll, ownerPool } from "./serve/workers/owner-pool.ts";
import type { WorkerPool } from "./serve/workers/pool.ts";
import type { Launch } from "./serve/workers/worker-process.ts";
import { savingPrices } from "./serve-prices.ts";

export type { Clock } from "./serve/clock.ts";
export { type Launch, linkDescriptor } from "./serve/workers/worker-process.ts";

export interface ServeOptions {
	config: ServeConfig;
	clock: Clock;
	version: string;
	/** AWS profile; `undefined`: as the environment says. */
	profile?: string | undefined;
	/** Who may read; `undefined`: everybody. */
	authorize?: ServerParts["authorize"];
	challenge?: readonly string[] | undefined;
	/** Lower-case hex. */
	adminTokenSha256?: string | undefined;
	/** For dollars saved. */
	prices: PriceBook;
	loopDelay?: LoopDelay | undefined;
	/** One line for the operator. */
	say(level: "info" | "warn" | "error", message: string): void;
	/** In place of the AWS chain, for tests. */
	credentials?: CredentialProvider | undefined;
	ca?: string | undefined;
	/** Forks a worker process (commands/serve-launch.ts). `undefined`: this process answers alone, whatever `workers` says. */
	launch?: Launch | undefined;
}

export interface RunningServe {
	data: Address;
	admin: Address | undefined;
	/** What the admin port shows and does. */
	operated: Operated;
	/** Sentences about buckets that were not as they should be. */
	warnings: readonly string[];
	/** New settings and certificates, and the log opened again. Throws, and changes nothing, when they do not work. */
	reload(config: ServeConfig): Promise<void>;
	/** Not ready at once; after the delay no new connections; resolves when all is out, or cut. */
	drain(): Promise<void>;
}

/** Rejects with ChartcostError where the user can do something about it; nothing is left running then. */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
	const { config } = options;
	const undo: (() => Promise<void> | void)[] = [];
	try {
		return await start(options, config, undo);
	} catch (error) {
		for (const step of undo.reverse()) await step();
		throw error;
	}
}

async function start(
	options: ServeOptions,
	config: ServeConfig,
	undo: (() => Promise<void> | void)[],
): Promise<RunningServe> {
	const { clock, version } = options;
	const startedAtMs = clock.nowMs();
	const writer = await openLog(config, options.say);
	const observer = new ServeObserver({
		configured: configuredRules(config),
		log: logOf(config, writer),
		say: options.say,
	});
	undo.push(() => writer?.close(1000));
	const disk = await openDisk(config, options, observer);
	undo.push(() => disk?.close());
	const credentials = createCredentials(
		options.credentials ?? credentialChain({ profile: options.profile }),
		{
			clock,
			observer,
		},
	);
	undo.push(() => credentials.close());
	const preparer = createIndexPreparer();
	undo.push(() => preparer.close());
	const launch = config.workers > 1 ? options.launch : undefined;
	const share = launch === undefined ? (whole: ServeConfig) => whole : shareOf;
	let pool: WorkerPool | undefined;
	const server = new Server(share(config), {
		...{ credentials, clock, observer, disk, preparer, version, ca: options.ca },
		authorize: options.authorize,
		challenge: options.challenge ?? [],
		onNewIndex: launch === undefined ? undefined : indexNews(() => pool),
	});
	undo.push(() => server.close());
	const warnings = await lookAtAll(server, options);
	if (launch !== undefined) pool = ownerPool({ server, config, version, clock, launch, observer, writer });
	undo.push(async () => {
		await pool?.drain(0);
		await server.drain(0);
	});
	const data = await listen(server, config, pool);
	const operated = pool === undefined ? operate(server) : operateAll(operate(server), pool);
	const admin = await openAdmin(options, config, { operated, server, observer, startedAtMs, writer, pool });
	let drained: Promise<void> | undefined;
	return {
		data,
		admin: admin?.address,
		operated,
		warnings,
		async reload(next) {
			const kept = { ...next, workers: config.workers };
			server.reload(share(kept));
			observer.configure(configuredRules(next));
			await pool?.reload(kept);
			await writer?.reopen();
		},
		drain() {
			drained ??= end({ server, pool, credentials, preparer, admin, writer }, server.config, clock);
			return drained;
		},
	};
}

interface Parts {
	server: Server;
	pool: WorkerPool | undefined;
	credentials: { close(): void };
	preparer: { close(): Promise<void> };
	admin: { server: AdminServer } | undefined;
	writer: LogWriter | undefined;
}

async function end(parts: Parts, { drain }: ServeConfig, clock: Clock): Promise<void> {
	parts.server.beginDrain();
	parts.pool?.beginDrain();
	// Load balancers need a moment to see that we are not ready.
	await clock.sleep(drain.delayMs);
	// The workers still ask this process.
	await Promise.all([parts.pool?.drain(drain.timeoutMs), parts.server.drain(drain.timeoutMs)]);
	await parts.server.close();
	parts.credentials.close();
	await parts.preparer.close();
	await parts.admin?.server.close();
	await parts.writer?.close(2000);
}

async function openLog(
	{ accessLog }: ServeConfig,
	said: ServeOptions["say"],
): Promise<LogWriter | undefined> {
	if (accessLog.format === "none") return undefined;
	const sink =
		accessLog.file === undefined ? await openDescriptorSink(1) : await openFileSink(accessLog.file);
	return createLogWriter({ sink, said });
}

function logOf({ accessLog }: ServeConfig, writer: LogWriter | undefined): (record: RequestRecord) => void {
	return writer === undefined ? () => {} : createAccessLog(accessLog.format, writer);
}

/** `undefined`: memory only, as wished or because the folder cannot be used and need not be. */
async function openDisk(
	{ cache }: ServeConfig,
	{ clock, say }: ServeOptions,
	observer: ServeObserver,
): Promise<GatedDisk | undefined> {
	if (cache.dir === undefined) return undefined;
	try {
		const { dir, diskBytes: limitBytes, fsync } = cache;
		return gateDisk(await openDiskStore({ dir, limitBytes, fsync, clock, observer }), { clock, observer });
	} catch (error) {
		if (!cache.optional) throw error;
		say("warn", `${error instanceof Error ? error.message : error}; going on with memory alone`);
		return undefined;
	}
}

/** Longer than S3 needs to answer. Who waits for a bucket that is out of reach could serve what is stored meanwhile. */
const firstLookMs = 5000;

/**
 * All buckets at once. Throws for the first that can never work; the others' sentences are warnings, said as they come, also after
 * the wait is over.
 */
async function lookAtAll(server: Server, { clock, say }: ServeOptions): Promise<string[]> {
	const warnings: string[] = [];
	const warn = (message: string) => {
		warnings.push(message);
		say("warn", message);
	};
	let isLate = false;
	const looking = server.repositories.map(async (repository) => {
		const look = await firstLook(repository);
		if (look.kind === "warning") warn(look.message);
		if (look.kind !== "error") return;
		if (!isLate) throw look.error;
		say("error", look.error.message);
	});
	const enough = new AbortController();
	const late = clock.sleep(firstLookMs, enough.signal).then(
		() => {
			isLate = true;
		},
		() => {},
	);
	await Promise.race([Promise.all(looking), late]).finally(() => enough.abort());
	return warnings;
}

async function listen(server: Server, config: ServeConfig, pool: WorkerPool | undefined): Promise<Address> {
	try {
		if (pool === undefined) return await server.listen();
		await server.listen("handed");
		return await pool.start();
	} catch (error) {
		throw config.tls === undefined
			? listenError(error, "--listen", config.listen)
			: certificateError(listenError(error, "--listen", config.listen), config.tls);
	}
}

async function openAdmin(
	options: ServeOptions,
	{ admin, savedTransfer }: ServeConfig,
	parts: {
		operated: Operated;
		server: Server;
		observer: ServeObserver;
		startedAtMs: number;
		writer: LogWriter | undefined;
		pool: WorkerPool | undefined;
	},
): Promise<{ server: AdminServer; address: Address } | undefined> {
	if (admin === undefined) return undefined;
	const { operated, server, observer, startedAtMs, writer, pool } = parts;
	const regionOf = (name: string) => operated.repositories().find((state) => state.name === name)?.region;
	const handler = createAdmin({
		...{ operated, metrics: observer, clock: options.clock, startedAtMs, version: options.version },
		pricesOf: (name) =>
			savingPrices(options.prices, {
				region: regionOf(name),
				endpointUrl: server.repositories.find(({ config }) => config.name === name)?.config.endpointUrl,
				transfer: savedTransfer,
			}),
		logLinesDropped: () => (writer?.dropped ?? 0) + (pool?.gauges.logLinesDropped ?? 0),
		gather: () => pool?.report() ?? Promise.resolve(),
		loopDelay: options.loopDelay,
		boundHost: admin.host,
		tokenSha256: options.adminTokenSha256,
		said: options.say,
	});
	try {
		const started = await startAdmin(handler, admin);
		return { server: started, address: { host: admin.host, port: started.port } };
	} catch (error) {
		throw listenError(error, "--admin", admin);
	}
}
