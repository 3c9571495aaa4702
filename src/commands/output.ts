/**
 * Where a report goes: stdout, or a file that is complete or not there at all.
 * The target is checked before the work begins, so that an hour of reading is not lost to a typo.
 */
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { ChartcostError, ExitCode, usageError } from "../model/errors.ts";

/** `undefined` and `-` mean stdout. */
export type OutputTarget = string | undefined;

export function isStdout(target: OutputTarget): target is undefined | "-" {
	return target === undefined || target === "-";
}

/** Throws a usage error when the file could not be written for a reason that is known now. `flag` named it. */
export async function checkOutput(target: OutputTarget, flag = "-o"): Promise<void> {
	if (isStdout(target)) return;
	const found = await statOrUndefined(target);
	if (found?.isDirectory()) throw usageError(`${flag} ${target} is a folder`, "Name a file in it.");
	const folder = path.dirname(target);
	if (!(await statOrUndefined(folder))?.isDirectory()) {
		throw usageError(`${flag} ${target}: there is no folder ${folder}`, `Make it first: mkdir -p ${folder}`);
	}
}

/** A report as a whole, or in pieces as they come. */
export type Output = string | AsyncIterable<string>;

/** Resolves when the text has been handed over completely. What the pieces throw passes through. */
export async function writeOutput(text: Output, target: OutputTarget, flag = "-o"): Promise<void> {
	if (isStdout(target)) {
		for await (const piece of typeof text === "string" ? [text] : text) await writeStdout(piece);
		return;
	}
	try {
		await writeWhole(text, target);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (typeof code !== "string") throw error;
		throw new ChartcostError(`${flag} ${target}: ${reasonOf(code, error)}`, {
			exitCode: code === "EACCES" || code === "EPERM" ? ExitCode.permission : ExitCode.failed,
			hint: `Nothing was written. Give another place with ${flag}.`,
			cause: error,
		});
	}
}

function writeStdout(text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
	});
}

async function writeWhole(text: Output, target: string): Promise<void> {
	const found = await statOrUndefined(target);
	// Devices and pipes are written to, never replaced: -o /dev/stderr, -o >(less).
	if (found !== undefined && !found.isFile()) return writeFile(target, text);
	const file = found === undefined ? target : await realpath(target);
	const temporary = `${file}.${process.pid}.tmp`;
	try {
		await writeFile(temporary, text);
		await rename(temporary, file);
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	}
}

async function statOrUndefined(file: string) {
	return stat(file).catch(() => undefined);
}

function reasonOf(code: string | undefined, error: unknown): string {
	if (code === "EACCES" || code === "EPERM") return "no permission to write";
	if (code === "ENOSPC") return "no space left on the device";
	if (code === "EROFS") return "the file system is read-only";
	return (error as Error).message;
}
