/** Settings for tests: flags, environment and the text of files to what serve would run with. No file is read. */
import { parseGiven } from "../../../src/serve/config/file.ts";
import { awsLayer, environmentLayer, flagLayer } from "../../../src/serve/config/layers.ts";
import { type ServeSettings, serveConfig } from "../../../src/serve/config/read.ts";

export interface Said {
	flags?: Record<string, unknown>;
	environment?: Record<string, string>;
	/** Text of `serve.yaml`. */
	file?: string;
	/** Text of `chartcost.yaml`, which comes after it. */
	shared?: string;
	machineMemoryBytes?: number;
}

export async function read(said: Said): Promise<ServeSettings> {
	const { flags = {}, environment = {}, file, shared, machineMemoryBytes = 8 * 2 ** 30 } = said;
	const files = [];
	if (file !== undefined) files.push(await parseGiven(file, "serve.yaml"));
	if (shared !== undefined) files.push(await parseGiven(shared, "chartcost.yaml"));
	const layers = [flagLayer(flags), environmentLayer(environment), ...files, awsLayer(environment)];
	return serveConfig(layers, { cacheDir: "/home/u/.cache/chartcost/serve", machineMemoryBytes });
}
