/**
 * The program: bin/run.js calls `main` with the arguments as typed.
 * Runs a command and turns whatever it throws into a message on stderr and an exit code.
 */
import { readFileSync } from "node:fs";
import { beginEarly } from "./commands/early.ts";
import { type Circumstances, failureOf } from "./commands/failure.ts";
import { wasInterrupted } from "./commands/interrupt.ts";

/** `root` is the folder of package.json. Sets the exit code; never rejects. */
export async function main(argv: string[], root: string): Promise<void> {
	let commandNames: string[] = [];
	const circumstances = (): Circumstances => ({
		debug: isOn(process.env["CHARTCOST_DEBUG"]),
		interrupted: wasInterrupted(),
		commandNames,
	});
	const fail = (error: unknown): void => {
		const { text, exitCode } = failureOf(error, circumstances());
		if (text !== "") process.stderr.write(text);
		process.exitCode = exitCode;
	};
	if (isVersionRequest(argv)) {
		process.stdout.write(versionLine(root));
		return;
	}
	try {
		beginEarly(argv);
		const { dispatch } = await import("./commands/dispatch.ts");
		endQuietlyOnClosedPipe(fail);
		await dispatch(argv, root, (names) => {
			commandNames = names;
		});
	} catch (error) {
		fail(error);
	}
}

/** Answered without loading oclif, which takes longer than all the rest of `--version`. */
function isVersionRequest(argv: readonly string[]): boolean {
	return argv.length === 1 && ["--version", "-v", "version"].includes(argv[0] ?? "");
}

function versionLine(root: string): string {
	const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { version: string };
	return `chartcost/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
}

function isOn(value: string | undefined): boolean {
	return value !== undefined && !["", "0", "false"].includes(value);
}

/** Replaces oclif's listener, which throws every other error of stdout into the void: a full disk, say. */
function endQuietlyOnClosedPipe(fail: (error: unknown) => void): void {
	process.stdout.removeAllListeners("error");
	process.stdout.on("error", (error) => {
		fail(error);
		process.exit();
	});
	process.stderr.on("error", () => {});
}
