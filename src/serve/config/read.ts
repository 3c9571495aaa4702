/**
 * From what was given in flags, environment and files to the effective settings: complete, checked, in base units.
 * Throws usage errors that name the place; says in `notes` what is allowed and probably not meant.
 */
import type { ServeConfig } from "./config.ts";
import { checkContradictions } from "./contradictions.ts";
import {
	defaultAdmin,
	defaultCache,
	defaultDrain,
	defaultLimits,
	defaultListen,
	defaultOrigin,
	defaultRealm,
	defaultSavedTransfer,
	maxWorkers,
} from "./defaults.ts";
import { type Layer, type Settings, settle } from "./layers.ts";
import { notesOn } from "./notes.ts";
import { repositoriesOf } from "./repositories.ts";

/** What the machine gives and the command line knows. */
export interface Surroundings {
	/** Where the disk tier goes when nobody says: the user's cache folder. */
	cacheDir: string;
	/** What this process may use: of the container, or of the machine. */
	machineMemoryBytes: number;
}

export interface ServeSettings {
	config: ServeConfig;
	/** AWS profile for the credential chain; `undefined`: AWS_PROFILE, or the chain's own default. */
	profile: string | undefined;
	/** Read by others than the server itself. */
	files: {
		/** Holds the token of the admin port. */
		adminToken: string | undefined;
		/** The user's prices, over the book's. */
		prices: string | undefined;
		/** Certificates to trust for S3, in place of the system's. */
		ca: string | undefined;
	};
	/** Allowed, but probably not meant: one sentence each. */
	notes: readonly string[];
}

/** `layers` in order of precedence. */
export function serveConfig(layers: readonly Layer[], surroundings: Surroundings): ServeSettings {
	const settings = settle(layers);
	const cache = cacheOf(settings, surroundings);
	const config: ServeConfig = {
		listen: settings.listen?.value ?? defaultListen,
		admin: adminOf(settings),
		tls: tlsOf(settings),
		auth: authOf(settings),
		repositories: repositoriesOf(settings, layers),
		cache,
		accessLog: {
			format: settings["access-log"]?.value ?? "json",
			file: settings["access-log-file"]?.value,
		},
		limits: limitsOf(settings),
		origin: originOf(settings),
		drain: {
			delayMs: settings["drain-delay"]?.value ?? defaultDrain.delayMs,
			timeoutMs: settings["drain-timeout"]?.value ?? defaultDrain.timeoutMs,
		},
		workers: settings.workers?.value ?? 1,
		savedTransfer: settings["saved-transfer"]?.value ?? defaultSavedTransfer,
		query: settings.query?.value ?? "drop",
		clientCacheControl: settings["client-cache-control"]?.value ?? false,
		api: settings.api?.value ?? true,
	};
	checkContradictions(config, settings, surroundings, maxWorkers);
	const files = {
		adminToken: settings["admin-token"]?.value,
		prices: settings.prices?.value,
		ca: settings["ca-bundle"]?.value,
	};
	return { config, profile: settings.profile?.value, files, notes: notesOn(config, files, surroundings) };
}

function adminOf({ admin }: Settings): ServeConfig["admin"] {
	if (admin === undefined) return defaultAdmin;
	return admin.value === "none" ? undefined : admin.value;
}

function tlsOf(settings: Settings): ServeConfig["tls"] {
	const certFile = settings["tls-cert"]?.value;
	const keyFile = settings["tls-key"]?.value;
	// One without the other is refused by contradictions.ts.
	return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function authOf(settings: Settings): ServeConfig["auth"] {
	const basicFile = settings["auth-basic"]?.value;
	const bearerFile = settings["auth-bearer"]?.value;
	if (basicFile === undefined && bearerFile === undefined) return undefined;
	return { basicFile, bearerFile, realm: settings["auth-realm"]?.value ?? defaultRealm };
}

function cacheOf(settings: Settings, surroundings: Surroundings): ServeConfig["cache"] {
	const dir = settings["cache-dir"]?.value ?? surroundings.cacheDir;
	const diskBytes = dir === "none" ? 0 : (settings["cache-size"]?.value ?? defaultCache.diskBytes);
	const memoryBytes = settings.memory?.value ?? defaultCache.memoryBytes;
	const maxMemoryObjectBytes =
		settings["max-memory-object"]?.value ?? Math.floor(memoryBytes * defaultCache.maxMemoryObjectShare);
	const roomBytes = diskBytes > 0 ? diskBytes : maxMemoryObjectBytes;
	return {
		dir: diskBytes === 0 ? undefined : dir,
		optional: settings["cache-optional"]?.value ?? false,
		diskBytes,
		memoryBytes,
		// The default gives way to a small cache; a limit that somebody set is checked instead.
		maxObjectBytes: settings["max-object"]?.value ?? Math.min(defaultCache.maxObjectBytes, roomBytes),
		maxMemoryObjectBytes,
		fsync: settings.fsync?.value ?? defaultCache.fsync,
	};
}

function limitsOf(settings: Settings): ServeConfig["limits"] {
	return {
		headerBytes: settings["max-header-size"]?.value ?? defaultLimits.headerBytes,
		headerCount: settings["max-header-count"]?.value ?? defaultLimits.headerCount,
		headersTimeoutMs: settings["headers-timeout"]?.value ?? defaultLimits.headersTimeoutMs,
		requestTimeoutMs: settings["request-timeout"]?.value ?? defaultLimits.requestTimeoutMs,
		keepAliveTimeoutMs: settings["keep-alive-timeout"]?.value ?? defaultLimits.keepAliveTimeoutMs,
		writeIdleTimeoutMs: settings["write-idle-timeout"]?.value ?? defaultLimits.writeIdleTimeoutMs,
		connections: settings["max-connections"]?.value ?? defaultLimits.connections,
		pendingRequests: settings["max-pending"]?.value ?? defaultLimits.pendingRequests,
		requestsPerConnection:
			settings["max-requests-per-connection"]?.value ?? defaultLimits.requestsPerConnection,
		indexBytes: settings["max-index"]?.value ?? defaultLimits.indexBytes,
	};
}

function originOf(settings: Settings): ServeConfig["origin"] {
	return {
		connectTimeoutMs: settings["connect-timeout"]?.value ?? defaultOrigin.connectTimeoutMs,
		firstByteTimeoutMs: settings["first-byte-timeout"]?.value ?? defaultOrigin.firstByteTimeoutMs,
		idleTimeoutMs: settings["idle-timeout"]?.value ?? defaultOrigin.idleTimeoutMs,
		connections: settings["s3-connections"]?.value ?? defaultOrigin.connections,
		connectionMaxAgeMs: settings["s3-connection-age"]?.value ?? defaultOrigin.connectionMaxAgeMs,
		ipFamily: settings["ip-family"]?.value ?? defaultOrigin.ipFamily,
		retries: settings.retries?.value ?? defaultOrigin.retries,
		rangeFillMaxBytes: settings["range-fill-max"]?.value ?? defaultOrigin.rangeFillMaxBytes,
	};
}
