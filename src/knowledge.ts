/** What the user and the cache know beyond the logs: clusters, AWS's IP ranges, prices. */
import { readFileSync } from "node:fs";
import { ChartcostError, ExitCode, usageError } from "./model/errors.ts";
import type { AnalysisOptions } from "./model/options.ts";
import type { ClusterMap } from "./network/clusters.ts";
import { parseIpRanges } from "./network/ip-ranges.ts";
import type { NetworkKnowledge } from "./network/path.ts";
import { readCachedIpRanges } from "./network/refresh.ts";
import type { PriceBook } from "./price/book.ts";
import { bundledBook, overrideBook } from "./price/load.ts";
import { readNewestBook } from "./price/update.ts";

type Options = Pick<AnalysisOptions, "clustersFile" | "ipRangesFile" | "pricesFile" | "cacheDir">;

export async function loadNetwork(options: Options): Promise<NetworkKnowledge> {
	const { clustersFile, ipRangesFile } = options;
	return {
		clusters: clustersFile === undefined ? undefined : await clustersOf(clustersFile),
		ranges:
			ipRangesFile === undefined
				? await readCachedIpRanges(options.cacheDir)
				: parseIpRanges(readText(ipRangesFile), ipRangesFile),
	};
}

/** The parsers of cluster files are loaded only where there is one: start-up time. */
async function clustersOf(file: string): Promise<ClusterMap> {
	const { loadClusters } = await import("./network/clusters.ts");
	return loadClusters(readText(file), file);
}

/** The bundled prices, replaced by a newer refresh, overridden by `--prices`. */
export async function loadPrices(options: Options): Promise<PriceBook> {
	const base = (await readNewestBook(options.cacheDir))?.book ?? bundledBook();
	if (options.pricesFile === undefined) return base;
	return overrideBook(base, readText(options.pricesFile), options.pricesFile);
}

function readText(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT") throw usageError(`${path}: no such file.`);
		throw new ChartcostError(`${path}: cannot be read (${code}).`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.failed,
		});
	}
}
