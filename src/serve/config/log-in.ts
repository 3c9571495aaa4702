/**
 * Who may log in while settings are read again: files are replaced as a whole; whether and how clients log in stays as it was at the
 * start, since nobody must find a door open that was shut. In: settings. Out: the files in force.
 */
import { type ChartcostError, usageError } from "../../model/errors.ts";
import type { Clock } from "../clock.ts";
import { type AuthFiles, openAuthFiles } from "./auth-files.ts";
import type { AuthConfig, ServeConfig } from "./config.ts";

type Say = (level: "info" | "warn" | "error", message: string) => void;

/** Whoever asks for a password where there was none would think it holds: it does not before the next start. */
export function unchangedLogIn({ auth }: Pick<ServeConfig, "auth">): undefined {
	if (auth !== undefined) throw needsRestart();
	return undefined;
}

function needsRestart(): ChartcostError {
	return usageError("how clients log in cannot be changed while serving", "Start serve anew for that.");
}

/** The files in force; replaced as a whole by a reload. */
export class LogIn {
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
