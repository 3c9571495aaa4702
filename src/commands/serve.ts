/** `chartcost serve`: the signing, caching chart proxy. Parses, checks, starts; then signals decide. */
import path from "node:path";
import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import { usageError } from "../model/errors.ts";
import { visible } from "../report/words.ts";
import type { ServeSettings, ServeSources } from "../serve-settings.ts";
import { systemClock } from "./clock.ts";
import { memoryLimitBytes } from "./memory-limit.ts";
import { serveFlags } from "./serve-flags.ts";
import { untilDrained } from "./serve-signals.ts";
import { settingNames } from "./settings.ts";
import { settingsFileName } from "./settings-file.ts";

const say = (line: string) => void process.stderr.write(`chartcost: ${visible(line)}\n`);

export default class Serve extends Command {
	static override summary = "Serve a bucket of Helm charts: signs, caches, and says what it saved.";
	static override description = `GET and HEAD of /index.yaml, /FILE.tgz and /FILE.tgz.prov, each also below \
/charts/, and ChartMuseum's read-only routes. The index is kept and confirmed with S3 at every use; packages are \
kept for a day; when S3 fails, what is kept is sent on.

Every flag can also be set as CHARTCOST_NAME in the environment, in --config FILE, in ./chartcost.yaml, or in \
chartcost.yaml in your config folder (~/.config/chartcost); the first place that sets it wins. --check prints all \
settings, those without a flag too, as a file for --config. Sizes: 2GiB, 256MiB; times: 1d, 1h30m, 30s. In globs, \
* is any run without a slash, ** any run, ? one character.

SIGTERM and Ctrl-C drain and end, SIGHUP reads settings, certificates and passwords again. The access log goes to \
stdout, everything else to stderr.

Exit codes: 0 drained, or the check found nothing; 1 failed; 2 wrong settings; 5 no credentials or no permission; \
130 ended at once.`;
	static override examples = [
		"<%= config.bin %> <%= command.id %> --bucket acme-charts",
		"<%= config.bin %> <%= command.id %> --bucket acme-charts --prefix stable --region eu-west-1 --memory 512MiB",
		"<%= config.bin %> <%= command.id %> --bucket acme-charts --check > serve.yaml",
		"<%= config.bin %> <%= command.id %> --config serve.yaml",
		"<%= config.bin %> <%= command.id %> --bucket acme-charts --explain /charts/app-1.2.3.tgz",
	];
	/** None; declared so that a word gets a better answer than that there is no such command. */
	static override args = { word: Args.string({ hidden: true, ignoreStdin: true }) };
	static override flags = serveFlags;

	async run(): Promise<void> {
		const { flags, args } = await this.parse(Serve);
		if (args.word !== undefined)
			throw usageError(
				`serve takes flags only, got "${args.word}"`,
				`Meant as the bucket? --bucket ${args.word}`,
			);
		const { serveSettings, startLine } = await import("../serve-settings.ts");
		const sources = this.#sources(flags);
		const settings = await serveSettings(sources);
		if (flags.explain !== undefined) return explain(settings, flags.explain);
		for (const note of settings.notes) say(`note: ${note}`);
		if (flags.check === true) return check(settings, this.config.cacheDir);
		const { startServing } = await import("../serving.ts");
		const { launchWorker } = await import("./serve-launch.ts");
		const server = await startServing({
			settings,
			read: () => serveSettings(sources),
			clock: systemClock,
			version: this.config.version,
			cacheDir: this.config.cacheDir,
			launch: launchWorker,
			say: (level, message) => say(level === "info" ? message : `${level}: ${message}`),
		});
		const drained = untilDrained(server, say);
		say(startLine(settings.config, { listen: server.data, admin: server.admin }));
		await drained;
		// What outlives the drain (a stuck descriptor) does not keep the process.
		setTimeout(() => process.exit(), 2000).unref();
	}

	#sources(flags: Readonly<Record<string, unknown>>): ServeSources {
		const { configDir, cacheDir } = this.config;
		const variable = process.env["CHARTCOST_CONFIG"];
		return {
			flags,
			environment: process.env,
			configFile: (flags["config"] as string | undefined) ?? (variable === "" ? undefined : variable),
			sharedFiles: [settingsFileName, path.join(configDir, settingsFileName)],
			otherNames: settingNames,
			cacheDir: path.join(cacheDir, "serve"),
			machineMemoryBytes: memoryLimitBytes(),
		};
	}
}

/** The effective settings on stdout, as a file that can be given to --config. */
async function check(settings: ServeSettings, cacheDir: string): Promise<void> {
	const { settingsYaml } = await import("../serve-settings.ts");
	const { checkServeFiles } = await import("../serve-files.ts");
	for (const note of await checkServeFiles(settings, { clock: systemClock, cacheDir })) say(`note: ${note}`);
	process.stdout.write(await settingsYaml(settings));
	say("these settings can be used");
}

async function explain({ config }: ServeSettings, asked: string): Promise<void> {
	const { explainPath } = await import("../serve-settings.ts");
	const lines = explainPath(config, asked);
	const width = Math.max(...lines.map(([name]) => name.length));
	for (const [name, words] of lines) process.stdout.write(`${name.padEnd(width)}  ${visible(words)}\n`);
}
