/**
 * Fetches AWS's address ranges into the cache folder and reads them back, because a copy cannot be shipped.
 * The file is checked before it replaces the old one; a failed refresh leaves the old one in place.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { Download } from "./download.ts";
import { type IpRanges, parseIpRanges } from "./ip-ranges.ts";

export const ipRangesUrl = "https://ip-ranges.amazonaws.com/ip-ranges.json";

/** The name in the cache folder; the content is AWS's file, byte for byte. */
const ipRangesFileName = "ip-ranges.json";

/** Every complete copy names these. A copy without them is something else, or a part. */
const requiredServices = ["AMAZON", "EC2", "S3", "CLOUDFRONT"];

export interface IpRangesRefresh {
	/** Path of the file written. */
	file: string;
	createdAt: string | undefined;
	prefixes: number;
}

/** Downloads, checks and stores ip-ranges.json. Throws when any of that fails. */
export async function refreshIpRanges(options: {
	cacheDir: string;
	download?: Download | undefined;
	url?: string | undefined;
}): Promise<IpRangesRefresh> {
	const url = options.url ?? ipRangesUrl;
	// The HTTP client is loaded where something is downloaded, not where the cached copy is read: start-up time.
	const download = options.download ?? (await import("./download.ts")).createDownload();
	const text = await download(url);
	const ranges = complete(text, url);
	await mkdir(options.cacheDir, { recursive: true });
	const file = join(options.cacheDir, ipRangesFileName);
	const draft = `${file}.${randomUUID()}.tmp`;
	await writeFile(draft, text);
	await rename(draft, file);
	return { file, createdAt: ranges.createdAt, prefixes: ranges.prefixes };
}

function complete(text: string, url: string): IpRanges {
	const ranges = parseIpRanges(text, url);
	const missing = requiredServices.filter((service) => !ranges.services.has(service));
	if (missing.length === 0) return ranges;
	throw new ChartcostError(`${url}: names no ranges of ${missing.join(", ")}, so it is not the whole file`, {
		exitCode: ExitCode.failed,
		hint: "Try again later. The copy in the cache folder was left as it was.",
	});
}

/** The refreshed ranges, or `undefined` when there are none yet. A damaged copy is an error that names it. */
export async function readCachedIpRanges(cacheDir: string): Promise<IpRanges | undefined> {
	const file = join(cacheDir, ipRangesFileName);
	try {
		return parseIpRanges(await readFile(file, "utf8"), file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}
