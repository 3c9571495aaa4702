/**
 * What the analysis commands have in common: SOURCE…, the shared flags, and how a run is started.
 * A command below it is parse → story → print. Errors pass through to run.ts.
 */
import { Command } from "@oclif/core/command";
import { commonFlags, sourceArgs } from "./flags.ts";
import { type Run, startRun } from "./start.ts";

export abstract class AnalysisCommand extends Command {
	static override args = sourceArgs;
	static override baseFlags = commonFlags;

	/** `flags` holds the command's own flags next to the shared ones, as text. */
	protected async started(): Promise<{ run: Run; flags: Record<string, unknown> }> {
		// Named one by one: oclif copies a class without the statics it inherits.
		const { args, flags } = await this.parse({
			args: sourceArgs,
			flags: this.ctor.flags,
			baseFlags: commonFlags,
		});
		const sources = [args.source ?? []].flat();
		const { configDir, cacheDir } = this.config;
		return { run: await startRun({ sources, flags, configDir, cacheDir }), flags };
	}
}
