/**
 * Leaves out log objects whose name proves that they hold nothing of the time window.
 *
 * A file is only left out on proof: names that are not of S3's form stay in, and so does every later file
 * in a layout by delivery time, because records may be delivered hours or days after the request.
 */
import type { LogObjectName, LogPartition } from "./names.ts";

export interface NamedFile {
	name: LogObjectName | undefined;
}

export interface Window {
	/** Unix seconds, inclusive. */
	from?: number | undefined;
	/** Unix seconds, exclusive. */
	to?: number | undefined;
}

const daySeconds = 86_400;

/** The files that may hold records of the window, in the order given. */
export function pruneByName<File extends NamedFile>(files: File[], window: Window): File[] {
	if (window.from === undefined && window.to === undefined) return files;
	const deliveredByTime = partitionsByDeliveryTime(files);
	return files.filter(({ name }) => {
		if (name === undefined) return true;
		const holdsDay =
			name.kind === "day" &&
			name.partition !== undefined &&
			!deliveredByTime.has(partitionId(name.partition));
		return holdsDay ? dayOverlaps(name.timeSeconds, window) : deliveryMayHold(name.timeSeconds, window);
	});
}

function dayOverlaps(dayStart: number, { from, to }: Window): boolean {
	return (from === undefined || dayStart + daySeconds > from) && (to === undefined || dayStart < to);
}

/** Records are written before they are delivered; nothing bounds how long before. */
function deliveryMayHold(deliverySeconds: number, { from }: Window): boolean {
	return from === undefined || deliverySeconds >= from;
}

/**
 * Sources with a file that was not named at midnight: their layout goes by delivery time, so their files
 * that happen to be named at midnight do not hold a day either. (Names do not tell the PartitionDateSource.)
 */
function partitionsByDeliveryTime(files: NamedFile[]): Set<string> {
	const found = new Set<string>();
	for (const { name } of files) {
		if (name?.kind === "delivery" && name.partition !== undefined) found.add(partitionId(name.partition));
	}
	return found;
}

function partitionId({ account, region, bucket }: LogPartition): string {
	return `${account}/${region}/${bucket}`;
}
