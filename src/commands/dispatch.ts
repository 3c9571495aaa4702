/** Hands the arguments to oclif, which finds the command, parses and runs it. Loaded only when that is needed. */
import { Config } from "@oclif/core/config";
import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";

/** `onCommands` learns the names of all commands before anything can fail. Rejects with what a command threw. */
export async function dispatch(
	argv: string[],
	root: string,
	onCommands: (names: string[]) => void,
): Promise<void> {
	// oclif would look for TypeScript sources when NODE_ENV is "test" or "development".
	settings.tsnodeEnabled = false;
	const config = await Config.load({ root });
	onCommands(config.commandIDs.map((id) => id.replaceAll(":", " ")));
	await run(argv, config);
}
