/**
 * What a running server does on signals: SIGTERM and Ctrl-C drain it (a second one ends it at once), SIGHUP reads
 * settings, certificates, passwords and prices again and reopens the log.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";

export interface Signalled {
	reload(): Promise<void>;
	/** Resolves when it is done; the server is closed then. */
	drain(): Promise<void>;
}

/** Resolves when the server is down. Rejects with what failed in draining. */
export function untilDrained(server: Signalled, say: (line: string) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		let draining = false;
		const drain = (name: string) => {
			if (draining) {
				say(`${name} again: ending at once`);
				process.exit(ExitCode.interrupted);
			}
			draining = true;
			say(`${name}: no new requests, finishing those under way; once more to end at once`);
			server.drain().then(resolve, reject);
		};
		process.on("SIGTERM", () => drain("SIGTERM"));
		process.on("SIGINT", () => drain("SIGINT"));
		// Windows sends it when the window closes.
		if (process.platform !== "win32") process.on("SIGHUP", reloading(server, say));
	});
}

/** One at a time; signals that come meanwhile are one more reload afterwards. */
function reloading(server: Signalled, say: (line: string) => void): () => void {
	let running = false;
	let again = false;
	const reload = async () => {
		running = true;
		do {
			again = false;
			try {
				await server.reload();
				say("SIGHUP: settings read again");
			} catch (error) {
				const hint = error instanceof ChartcostError && error.hint !== undefined ? ` ${error.hint}` : "";
				say(`SIGHUP: ${(error as Error).message}.${hint} The settings from before stay in force`);
			}
		} while (again);
		running = false;
	};
	return () => {
		if (running) again = true;
		else void reload();
	};
}
