/**
 * `chartcost serve` from settings to the end: log-in files, prices and the server (serve.ts) put together, and what a
 * reload takes over. In: settings and how to read them again. Out: addresses, reload, drain.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "./serve/clock.ts";
import type { Address } from "./serve/config/config.ts";
import { changedForRestart } from "./serve/config/describe.ts";
import { LogIn, unchangedLogIn } from "./serve/config/log-in.ts";
import type { ServeSettings } from "./serve/config/read.ts";
import { checkTlsFiles } from "./serve/config/tls-files.ts";
import { type Launch, startServe } from "./serve.ts";
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
	/** See ServeOptions. */
	launch?: Launch | undefined;
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
	const { settings, clock, version, cacheDir, say, launch } = options;
	const { config, profile } = settings;
	const read = await readServeFiles(settings, { clock, cacheDir });
	for (const note of read.notes) say("warn", note);
	const logIn = config.auth === undefined ? undefined : await LogIn.open(config.auth, clock, say);
	try {
		const loopDelay = monitorEventLoopDelay({ resolution: 20 });
		loopDelay.enable();
		const server = await startServe({
			...{ config, clock, version, profile, say, loopDelay, launch },
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
