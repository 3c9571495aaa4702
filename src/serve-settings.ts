/**
 * The settings of `serve` from every place: what was typed, the environment, files, AWS's variables, defaults.
 * Called at start, and again whenever a running server is told to reload.
 */
import { usageError } from "./model/errors.ts";
import type { ServeConfig } from "./serve/config/config.ts";
import { type Explanation, explain } from "./serve/config/explain.ts";
import { type GivenFile, readGivenFile } from "./serve/config/file.ts";
import { checkKeys } from "./serve/config/given.ts";
import { awsLayer, environmentLayer, flagLayer, type Layer } from "./serve/config/layers.ts";
import { entryLists, serverNames } from "./serve/config/names.ts";
import { type ServeSettings, type Surroundings, serveConfig } from "./serve/config/read.ts";

export type { ServeConfig } from "./serve/config/config.ts";
export { settingsYaml, startLine } from "./serve/config/describe.ts";
export type { ServeSettings, Surroundings } from "./serve/config/read.ts";

export interface ServeSources extends Surroundings {
	/** As parsed from the command line; names as in serve/config/names.ts. */
	flags: Readonly<Record<string, unknown>>;
	environment: Readonly<Record<string, string | undefined>>;
	/** `--config`: must exist. */
	configFile: string | undefined;
	/** Shared with other commands and read where they exist; first one first. */
	sharedFiles: readonly string[];
	/** Names in shared files that belong to other commands. */
	otherNames: readonly string[];
}

/** Reads the files anew. Throws a usage error that names the place of what is wrong. */
export async function serveSettings(sources: ServeSources): Promise<ServeSettings> {
	const own = [...serverNames, ...entryLists];
	const files: Layer[] = [];
	if (sources.configFile !== undefined) files.push(known(await existing(sources.configFile), own));
	for (const file of sources.sharedFiles) {
		const given = await readGivenFile(file);
		if (given !== undefined) files.push(known(given, [...own, ...sources.otherNames]));
	}
	const layers = [
		flagLayer(sources.flags),
		environmentLayer(sources.environment),
		...files,
		awsLayer(sources.environment),
	];
	return serveConfig(layers, sources);
}

async function existing(file: string): Promise<GivenFile> {
	const given = await readGivenFile(file);
	if (given === undefined) throw usageError(`--config ${file}: there is no such file`);
	return given;
}

function known(file: GivenFile, names: readonly string[]): Layer {
	checkKeys(file, names, "setting");
	return file;
}

/** What serve would do with a path; see serve/config/explain.ts. */
export function explainPath(config: ServeConfig, asked: string): Explanation {
	return explain(config, asked);
}
