/**
 * What the name of a log object says: when it was delivered, or which day it holds, of which bucket.
 *
 * Source: S3 User Guide, "Log object key format", and API reference, PartitionedPrefix. Two layouts:
 *   PREFIX YYYY-MM-DD-hh-mm-ss-UNIQUE                                         by delivery time
 *   PREFIX ACCOUNT/REGION/BUCKET/YYYY/MM/DD/YYYY-MM-DD-hh-mm-ss-UNIQUE        by event or delivery time
 * PREFIX may end in anything; nothing separates it. Copies may have been given a suffix such as `.gz`.
 */

/** The source of a partitioned log object. */
export interface LogPartition {
	account: string;
	region: string;
	bucket: string;
}

export interface LogObjectName {
	/** `YYYY-MM-DD-hh-mm-ss-UNIQUE`: the same for all copies of one log object. */
	id: string;
	/** The time in the name as Unix seconds. See `kind` for what it means. */
	timeSeconds: number;
	/** Random, 16 characters. */
	unique: string;
	/**
	 * `delivery`: all records are older than `timeSeconds`, by minutes or by days.
	 * `day`: the time is the midnight of the folder's day, as it is when a partitioned layout goes by event
	 * time and the file holds that UTC day only. One delivery in 86,400 looks the same.
	 */
	kind: "delivery" | "day";
	partition: LogPartition | undefined;
}

const fileForm =
	/(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-([0-9A-Za-z]{16,32})(?:\.[A-Za-z0-9]{1,5}){0,2}$/;

/** Account, Region, bucket and day folders; the account may follow a prefix that has no separator of its own. */
const folderForm = /(\d{12})\/([a-z]{2}[a-z0-9-]*-\d+)\/([^/]+)\/(\d{4}\/\d\d\/\d\d)\/$/;

/** Reads a path with `/` between folders. `undefined` for anything that is not named like a log object. */
export function parseLogObjectName(path: string): LogObjectName | undefined {
	const fileAt = path.lastIndexOf("/") + 1;
	const match = fileForm.exec(path.slice(fileAt));
	if (match === null) return undefined;
	const [, year, month, day, hour, minute, second, unique] = match as unknown as string[];
	const timeSeconds = utcSeconds([year, month, day, hour, minute, second].map(Number));
	if (timeSeconds === undefined) return undefined;
	const { sameDay, partition } = folderMeaning(path.slice(0, fileAt), `${year}/${month}/${day}`);
	return {
		id: path.slice(fileAt + match.index, fileAt + match.index + idLength + unique!.length),
		timeSeconds,
		unique: unique!,
		kind: sameDay && timeSeconds % 86_400 === 0 ? "day" : "delivery",
		partition,
	};
}

/** `YYYY-MM-DD-hh-mm-ss-` */
const idLength = 20;

/** What the last folder meant: files of one folder come one after the other, and 100,000 share a few partitions. */
let lastFolder = { folder: "", day: "", partition: undefined as LogPartition | undefined };

function folderMeaning(
	folder: string,
	day: string,
): { sameDay: boolean; partition: LogPartition | undefined } {
	if (folder !== lastFolder.folder) {
		// Most folders are no day.
		const inDayFolder = folder.charAt(folder.length - 4) === "/" && folder.charAt(folder.length - 7) === "/";
		const found = inDayFolder ? folderForm.exec(folder) : null;
		lastFolder = {
			folder,
			day: found?.[4] ?? "",
			partition: found === null ? undefined : { account: found[1]!, region: found[2]!, bucket: found[3]! },
		};
	}
	return { sameDay: lastFolder.day === day, partition: lastFolder.partition };
}

/** The latest delivery that the names tell, unix seconds; `undefined` when none tells one. */
export function newestDelivery(names: Iterable<LogObjectName | undefined>): number | undefined {
	let newest: number | undefined;
	for (const name of names) {
		if (name?.kind === "delivery") newest = Math.max(newest ?? name.timeSeconds, name.timeSeconds);
	}
	return newest;
}

/** `undefined` for times that do not exist: Date.UTC would roll 31 June over to July. */
function utcSeconds(fields: number[]): number | undefined {
	const [year, month, day, hour, minute, second] = fields as [number, number, number, number, number, number];
	if (minute > 59 || second > 59) return undefined;
	const timeMs = Date.UTC(year, month - 1, day, hour, minute, second);
	const date = new Date(timeMs);
	return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? timeMs / 1000 : undefined;
}
