/**
 * What the admin port sees of a running server and may do to it (admin/operated.ts).
 * In: the server. Out: states, numbers and removals; keys are shown and taken without their repository's prefix.
 */
import type { CacheEntryView, Gauges, Operated, PurgeRequest, RepositoryState } from "./admin/operated.ts";
import { idText, type ObjectHead } from "./cache/object-head.ts";
import type { S3Origin } from "./origin/s3-origin.ts";
import type { Repository } from "./repository.ts";
import type { Server } from "./server.ts";

export function operate(server: Server): Operated {
	return {
		readiness: () => readinessOf(server),
		gauges: () => gaugesOf(server),
		repositories: () => server.repositories.map(stateOf),
		entries: (limit) => entriesOf(server, limit),
		purge: (what) => purge(server, what),
	};
}

/** A bucket that cannot be reached does not matter while its index is at hand: it is served stale. */
function readinessOf(server: Server): ReturnType<Operated["readiness"]> {
	const reasons: string[] = [];
	const degraded: string[] = [];
	if (server.draining) reasons.push("draining");
	for (const { config, index, origin } of server.repositories) {
		const { status } = (origin as S3Origin).state();
		if (status === "ok") continue;
		const sentence = `repository ${config.name}: S3 says ${status}`;
		(index.current === undefined ? reasons : degraded).push(sentence);
	}
	const { disk, credentials } = server.parts;
	if (disk !== undefined && !disk.usable) degraded.push("the disk cache is switched off after errors");
	if (credentials.state().failing) degraded.push("new credentials cannot be had");
	return { ready: reasons.length === 0, reasons, degraded };
}

function gaugesOf(server: Server): Gauges {
	const { memory, negatives, cache, parts } = server;
	const { disk } = parts;
	return {
		memoryBytes: memory.usedBytes,
		memoryLimitBytes: memory.limitBytes,
		memoryEntries: memory.count,
		diskBytes: disk?.usedBytes ?? 0,
		diskLimitBytes: disk?.limitBytes ?? 0,
		diskEntries: disk?.count ?? 0,
		diskUsable: disk?.usable ?? false,
		negativeEntries: negatives.count,
		fillsInFlight: cache.fillsInFlight,
		waiters: cache.waiters,
		connections: server.connections,
		credentialsExpireAtMs: parts.credentials.state().expiresAtMs,
	};
}

function stateOf({ config, origin, index }: Repository): RepositoryState {
	const { status, sinceMs, region } = (origin as S3Origin).state();
	const held = index.current;
	return {
		name: config.name,
		path: config.path,
		bucket: config.bucket,
		prefix: config.prefix,
		region: region ?? config.region,
		origin: status,
		originSinceMs: sinceMs,
		index:
			held === undefined
				? undefined
				: {
						charts: held.index.chartCount,
						versions: held.index.versionCount,
						bytes: held.index.body.length,
						validatedAtMs: held.head.validatedAtMs,
					},
	};
}

function* entriesOf(server: Server, limit: number): Generator<CacheEntryView> {
	const seen = new Set<string>();
	const onDisk = new Map<string, ObjectHead>();
	for (const { head } of server.parts.disk?.entries() ?? []) onDisk.set(idText(head), head);
	for (const [id, { head }] of server.memory.entries()) {
		if (seen.size >= limit) return;
		seen.add(id);
		yield* viewOf(server, head, onDisk.has(id) ? ["mem", "disk"] : ["mem"]);
	}
	for (const [id, head] of [...onDisk].reverse()) {
		if (seen.size >= limit) return;
		if (seen.has(id)) continue;
		seen.add(id);
		yield* viewOf(server, head, ["disk"]);
	}
}

/** Objects of repositories that are no longer configured have none to be shown under. */
function* viewOf(
	server: Server,
	head: ObjectHead,
	tiers: CacheEntryView["tiers"],
): Generator<CacheEntryView> {
	const owner = server.repositories.find(({ idPrefix }) => idText(head).startsWith(idPrefix));
	if (owner === undefined) return;
	const { sizeBytes, etag, storedAtMs, validatedAtMs } = head;
	const key = head.key.slice(owner.config.prefix.length);
	yield { repository: owner.config.name, key, sizeBytes, tiers, etag, storedAtMs, validatedAtMs };
}

async function purge(server: Server, what: PurgeRequest): Promise<number> {
	const asked = server.repositories.filter(
		({ config }) => what.repository === undefined || config.name === what.repository,
	);
	const conditions = asked.map(({ idPrefix }) => {
		if (what.key !== undefined) return (id: string) => id === idPrefix + what.key;
		return (id: string) => id.startsWith(idPrefix + (what.prefix ?? ""));
	});
	const matches = (id: string) => conditions.some((condition) => condition(id));
	const gone = purgeMemory(server, matches);
	let fromDisk = 0;
	await server.parts.disk?.removeWhere((id) => {
		const text = idText(id);
		if (!matches(text)) return false;
		if (!gone.has(text)) fromDisk++;
		return true;
	});
	// Meanwhile a request may have read what was still on the disk.
	purgeMemory(server, matches);
	return gone.size + fromDisk;
}

function purgeMemory(server: Server, matches: (id: string) => boolean): ReadonlySet<string> {
	server.cache.purgeMoving(matches);
	server.negatives.removeWhere(matches);
	const gone = new Set<string>();
	for (const [id] of [...server.memory.entries()]) {
		if (!matches(id)) continue;
		server.memory.remove(id);
		gone.add(id);
	}
	for (const repository of server.repositories) {
		if (matches(`${repository.idPrefix}index.yaml`)) repository.index.forget();
	}
	return gone;
}
