/**
 * `chartcost serve` from settings to the end: log-in files, prices and the server (serve.ts) put together, and what a
 * reload takes over. In: settings and how to read them again. Out: addresses, reload, drain.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type ChartcostError, usageError } from "./model/errors.ts";
import type { Clock } from "./serve/clock.ts";
import { type AuthFiles, openAuthFiles } from "./serve/config/auth-files.ts";
import type { Address, AuthConfig, ServeConfig } from "./serve/config/config.ts";
import { changedForRestart } from "./serve/config/describe.ts";
import type { ServeSettings } from "./serve/config/read.ts";
import { checkTlsFiles } from "./serve/config/tls-files.ts";
import { startServe } from "./serve.ts";
import { readServeFiles } from "./serve-files.ts";

type Say = (level: "info" | "warn" | "error", message: string) => void;

export interface ServingOptions {
	settings: ServeSettings;
	/** The settings as they are now. Rejects when they are wrong. */
	read(): Promise<ServeSettings>;
	clock: Clock;
	version: string;
	/** Folder of the price book that `prices update` fetched. */
	cacheDir: string;
	say: Say;
}

export interface Serving {
	data: Address;
	admin: Address | undefined;
	/** Takes over what can be; rejects, and changes nothing, when something is wrong. */
	reload(): Promise<void>;
	/** Resolves when the last answer is out and everything is closed. */
	drain(): Promise<void>;
}

/** Rejects with what is wrong; nothing is left running then. */
export async function startServing(options: ServingOptions): Promise<Serving> {
	const { settings, clock, version, cacheDir, say } = options;
	const { config, profile } = settings;
	const read = await readServeFiles(settings, { clock, cacheDir });
	for (const note of read.notes) say("warn", note);
	const logIn = config.auth === undefined ? undefined : await LogIn.open(config.auth, clock, say);
	try {
		const loopDelay = monitorEventLoopDelay({ resolution: 20 });
		loopDelay.enable();
		const server = await startServe({
			...{ config, clock, version, profile, say, loopDelay },
			...{ prices: read.prices, adminTokenSha256: read.adminTokenSha256, ca: read.ca },
			authorize: logIn === undefined ? undefined : (header) => logIn.files.authorize(header),
			challenge: logIn?.files.challenge,
		});
		let before = config;
		return {
			data: server.data,
			admin: server.admin,
			async reload() {
				const next = (await options.read()).config;
				// The listener reads them again; here it is said in words what would be wrong.
				if (config.tls !== undefined) await checkTlsFiles(config.tls, clock.nowMs());
				const changed = logIn === undefined ? unchangedLogIn(next) : await logIn.next(next.auth);
				try {
					await server.reload(next);
				} catch (error) {
					changed?.close();
					throw error;
				}
				if (changed !== undefined) logIn?.use(changed);
				for (const name of changedForRestart(before, next))
					say("warn", `${name} has changed: it is taken over at the next start`);
				before = next;
			},
			async drain() {
				await server.drain();
				logIn?.files.close();
				loopDelay.disable();
			},
		};
	} catch (error) {
		logIn?.files.close();
		throw error;
	}
}

/** Whoever asks for a password where there was none would think it holds: it does not before the next start. */
function unchangedLogIn({ auth }: ServeConfig): undefined {
	if (auth !== undefined) throw needsRestart();
	return undefined;
}

function needsRestart(): ChartcostError {
	return usageError("how clients log in cannot be changed while serving", "Start serve anew for that.");
}

/** The files in force; replaced as a whole by a reload. */
class LogIn {
	readonly #clock: Clock;
	readonly #say: Say;
	files: AuthFiles;

	private constructor(files: AuthFiles, clock: Clock, say: Say) {
		this.files = files;
		this.#clock = clock;
		this.#say = say;
	}

	static async open(auth: AuthConfig, clock: Clock, say: Say): Promise<LogIn> {
		const files = await openAuthFiles(auth, clock, say);
		for (const note of files.notes) say("warn", note);
		return new LogIn(files, clock, say);
	}

	/** What clients are asked for was settled at the start; where it is kept may change. */
	async next(auth: AuthConfig | undefined): Promise<AuthFiles> {
		if (auth === undefined) throw needsRestart();
		const next = await openAuthFiles(auth, this.#clock, this.#say);
		if (next.challenge.join() === this.files.challenge.join()) return next;
		next.close();
		throw needsRestart();
	}

	use(files: AuthFiles): void {
		this.files.close();
		this.files = files;
	}
}
