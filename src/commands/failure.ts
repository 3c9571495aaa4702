/**
 * The one place where an error becomes a message and an exit code.
 * In: anything that was thrown. Out: text for stderr (empty when there is nothing to say) and the code.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { visible } from "../report/words.ts";

export interface Failure {
	text: string;
	exitCode: number;
}

export interface Circumstances {
	/** CHARTCOST_DEBUG=1: show stacks. */
	debug: boolean;
	/** The user pressed Ctrl-C. */
	interrupted: boolean;
	commandNames: readonly string[];
}

/** Errors of @oclif/core, by their shape: its classes are not exported as values. */
interface OclifError extends Error {
	oclif: { exit?: number | false };
	code?: string;
	flags?: string[];
	parse?: { input?: { flags?: Record<string, unknown> } };
}

export function failureOf(error: unknown, circumstances: Circumstances): Failure {
	if (isErrno(error, "EPIPE")) return { text: "", exitCode: ExitCode.done };
	if (error instanceof ChartcostError) {
		const hint = error.hint === undefined ? "" : `  ${error.hint}\n`;
		return { text: said(error.message, error, circumstances) + visibleLines(hint), exitCode: error.exitCode };
	}
	if (circumstances.interrupted) return { text: "chartcost: interrupted\n", exitCode: ExitCode.interrupted };
	if (isOclifError(error)) return usageFailure(error, circumstances);
	return unexpectedFailure(error, circumstances);
}

function usageFailure(error: OclifError, circumstances: Circumstances): Failure {
	const exitCode = typeof error.oclif.exit === "number" ? error.oclif.exit : ExitCode.usage;
	if (error.code === "EEXIT") return { text: "", exitCode };
	const command = /^command (.+) not found$/.exec(error.message)?.[1];
	if (command !== undefined) {
		const name = commandWords(command, circumstances.commandNames);
		const text = `unknown command "${name}"${didYouMean(name, circumstances.commandNames)}`;
		return {
			text: `${said(text, error, circumstances)}  Commands: ${circumstances.commandNames.join(", ")}.\n`,
			exitCode: ExitCode.usage,
		};
	}
	const known = Object.keys(error.parse?.input?.flags ?? {});
	const unknownFlags = (error.flags ?? []).map((flag) => {
		const meant = didYouMean(flag.replace(/^-+/, ""), known).replace("mean ", "mean --");
		return `unknown flag ${flag}${meant}`;
	});
	const message =
		unknownFlags.length > 0
			? unknownFlags.join("\n")
			: error.message.replace(/\n?See more help with --help$/, "").replace(/^Flag /, "");
	return { text: `${said(message, error, circumstances)}  See --help.\n`, exitCode };
}

/** oclif takes all words before the first flag for the command: `analyse logs/`. */
function commandWords(typed: string, commandNames: readonly string[]): string {
	const [topic = "", ...rest] = typed.split(/[: ]/);
	const isTopic = commandNames.some((name) => name.startsWith(`${topic} `));
	return isTopic && rest[0] !== undefined ? `${topic} ${rest[0]}` : topic;
}

function unexpectedFailure(error: unknown, circumstances: Circumstances): Failure {
	const permission = isErrno(error, "EACCES") || isErrno(error, "EPERM");
	const exitCode = permission ? ExitCode.permission : ExitCode.failed;
	if (isErrno(error, "ENOSPC")) {
		const where = (error as NodeJS.ErrnoException).path ?? "the output";
		return { text: said(`no space left on the device of ${where}`, error, circumstances), exitCode };
	}
	const message = error instanceof Error ? error.message : String(error);
	const advice = permission || circumstances.debug ? "" : "  Set CHARTCOST_DEBUG=1 to see where.\n";
	return { text: said(message, error, circumstances) + advice, exitCode };
}

function said(message: string, error: unknown, { debug }: Circumstances): string {
	const stack = debug && error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : "";
	return visibleLines(`chartcost: ${message}\n${stack}`);
}

/** File names in messages are strangers' text too; our own line ends stay. */
function visibleLines(text: string): string {
	return text
		.split("\n")
		.map((line) => visible(line))
		.join("\n");
}

function isErrno(error: unknown, code: string): boolean {
	return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

function isOclifError(error: unknown): error is OclifError {
	return error instanceof Error && "oclif" in error && typeof error.oclif === "object";
}
