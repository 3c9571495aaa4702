/**
 * Settings that cannot hold, alone or together: each is a usage error that says why and what to do.
 * In: the effective settings, and where each was given. Nothing is looked up outside.
 */
import { usageError } from "../../model/errors.ts";
import type { Address, ServeConfig } from "./config.ts";
import type { Settings } from "./layers.ts";
import type { Surroundings } from "./read.ts";
import { printDuration, printSize } from "./units.ts";

/** Below this no HTTP client gets its request through. */
const leastHeaderBytes = 1024;
/** Node refuses nothing, but a header of a megabyte is an attack. */
const mostHeaderBytes = 1 << 20;
/** More would be lost with a restart or a retry storm than won. */
const mostRetries = 10;

export function checkContradictions(
	config: ServeConfig,
	settings: Settings,
	surroundings: Surroundings,
	maxWorkers: number,
): void {
	checkPorts(config, settings);
	checkPairs(settings);
	checkCache(config, settings, surroundings);
	checkLimits(config, settings);
	const { workers, retries } = settings;
	if (workers !== undefined && workers.value > maxWorkers)
		throw usageError(
			`${workers.where}: at most ${maxWorkers}, got ${workers.value}`,
			"One per core is enough.",
		);
	if (retries !== undefined && retries.value > mostRetries)
		throw usageError(`${retries.where}: at most ${mostRetries}, got ${retries.value}`);
}

function checkPorts({ listen, admin }: ServeConfig, settings: Settings): void {
	if (admin === undefined || listen.port === 0 || listen.port !== admin.port) return;
	if (listen.host !== admin.host && !isAny(listen) && !isAny(admin)) return;
	const { where } = settings.admin ?? settings.listen ?? { where: "--admin" };
	throw usageError(
		`${where}: clients and administration cannot share port ${listen.port}`,
		`Give each a port of its own, such as --listen ${listen.host}:8080 --admin 127.0.0.1:8081, or --admin none.`,
	);
}

const isAny = ({ host }: Address) => host === "0.0.0.0" || host === "::";

/** One setting that means nothing without the other. */
function checkPairs(settings: Settings): void {
	const { "tls-cert": cert, "tls-key": key, "auth-realm": realm, fsync } = settings;
	if ((cert === undefined) !== (key === undefined)) {
		const [given, missing] = cert === undefined ? [key, "tls-cert"] : [cert, "tls-key"];
		throw usageError(
			`${given?.where}: TLS needs both files, and ${missing} is not given`,
			`Give ${missing} FILE.`,
		);
	}
	if (realm !== undefined && /["\\\x80-\uffff]/.test(realm.value))
		throw usageError(`${realm.where}: a realm has no quotes, backslashes or letters beyond ASCII`);
	if (realm !== undefined && settings["auth-basic"] === undefined && settings["auth-bearer"] === undefined)
		throw usageError(
			`${realm.where}: says the realm, but nobody is asked to log in`,
			"Give auth-basic FILE.",
		);
	const off = settings["cache-dir"]?.value === "none" ? settings["cache-dir"] : undefined;
	const onDisk = [settings["cache-size"], fsync].find((found) => found !== undefined && found.value !== 0);
	if (off !== undefined && onDisk !== undefined)
		throw usageError(`${onDisk.where}: there is no disk tier (${off.where} none)`, "Leave one of them out.");
	const { "access-log": format, "access-log-file": file } = settings;
	if (format?.value === "none" && file !== undefined && file.rank <= format.rank)
		throw usageError(
			`${file.where}: no access log is written (${format.where} none)`,
			"Leave one of them out.",
		);
}

function checkCache({ cache }: ServeConfig, settings: Settings, { machineMemoryBytes }: Surroundings): void {
	const { memory } = settings;
	if (cache.memoryBytes >= machineMemoryBytes) {
		const { where } = memory ?? { where: "--memory" };
		throw usageError(
			`${where}: ${printSize(cache.memoryBytes)} is all the memory there is (${printRounded(machineMemoryBytes)}) or more`,
			"Leave room for the program itself (about 90 MiB): half of the memory is a good size.",
		);
	}
	const { "max-object": maxObject, "max-memory-object": maxMemoryObject } = settings;
	if (maxMemoryObject !== undefined && cache.maxMemoryObjectBytes > cache.memoryBytes)
		throw usageError(
			`${maxMemoryObject.where}: ${printSize(cache.maxMemoryObjectBytes)} does not fit into memory ${printSize(cache.memoryBytes)}`,
			"Lower it, or raise --memory.",
		);
	if (maxObject === undefined) return;
	const onDisk = cache.dir !== undefined;
	const roomBytes = onDisk ? cache.diskBytes : cache.memoryBytes;
	if (cache.maxObjectBytes > roomBytes)
		throw usageError(
			`${maxObject.where}: ${printSize(cache.maxObjectBytes)} is more than ${onDisk ? "cache-size" : "memory"} ${printSize(roomBytes)} holds`,
			`Such an object could never be kept. Lower it, or raise ${onDisk ? "--cache-size" : "--memory"}.`,
		);
}

function printRounded(sizeBytes: number): string {
	return printSize(Math.floor(sizeBytes / 2 ** 20) * 2 ** 20);
}

function checkLimits({ limits }: ServeConfig, settings: Settings): void {
	const { "max-header-size": headers, "headers-timeout": headersTimeout } = settings;
	const { headerBytes, headersTimeoutMs, requestTimeoutMs } = limits;
	if (headers !== undefined && (headerBytes < leastHeaderBytes || headerBytes > mostHeaderBytes))
		throw usageError(
			`${headers.where}: from ${printSize(leastHeaderBytes)} to ${printSize(mostHeaderBytes)}, got ${printSize(headerBytes)}`,
		);
	if (headersTimeoutMs > requestTimeoutMs) {
		const { where } = headersTimeout ?? settings["request-timeout"] ?? { where: "headers-timeout" };
		throw usageError(
			`${where}: the header's time (${printDuration(headersTimeoutMs)}) is longer than the request's (${printDuration(requestTimeoutMs)})`,
			"The header is the request's first part: lower headers-timeout, or raise request-timeout.",
		);
	}
	const { "max-pending": pending } = settings;
	if (pending !== undefined && limits.pendingRequests > limits.connections)
		throw usageError(
			`${pending.where}: ${limits.pendingRequests} requests cannot wait on ${limits.connections} connections`,
			"Lower it, or raise max-connections.",
		);
}
