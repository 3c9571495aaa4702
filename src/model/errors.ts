/** Errors that a user can act on, with the exit code the contract gives them. */

/** Exit codes are public; see `chartcost --help`. */
export const ExitCode = {
	done: 0,
	failed: 1,
	usage: 2,
	gate: 3,
	incomplete: 4,
	permission: 5,
	interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Something went wrong that the user can do something about.
 * `message` says what happened and where, `hint` what to do next. Never carries a secret.
 */
export class ChartcostError extends Error {
	readonly exitCode: ExitCode;
	readonly hint: string | undefined;

	constructor(message: string, options: { exitCode: ExitCode; hint?: string; cause?: unknown }) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = "ChartcostError";
		this.exitCode = options.exitCode;
		this.hint = options.hint;
	}
}

/** Wrong usage: unknown dimension, missing path, contradicting flags. */
export function usageError(message: string, hint?: string): ChartcostError {
	return new ChartcostError(message, { exitCode: ExitCode.usage, ...(hint === undefined ? {} : { hint }) });
}
