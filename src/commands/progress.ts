/**
 * The progress line on stderr: what is read, how fast, how long it will take.
 * One line, redrawn at most ten times a second and wiped at the end, so that it never mixes with a report.
 */
import type { Progress } from "../model/options.ts";
import { bytes, count, percent, plural, spanOfSeconds } from "../report/words.ts";

const redrawMs = 100;
/** An estimate from less than this jumps about. */
const minEstimateMs = 2000;

export interface ProgressLine {
	update(progress: Progress): void;
	/** Wipes the line. */
	clear(): void;
}

/** `write` is the terminal; `columns` its width at this moment. */
export function progressLine(write: (text: string) => void, columns: () => number): ProgressLine {
	let drawnMs = Number.NEGATIVE_INFINITY;
	let drawn = false;
	return {
		update(progress) {
			if (progress.elapsedMs - drawnMs < redrawMs) return;
			drawnMs = progress.elapsedMs;
			drawn = true;
			// One column less: a full line would wrap and scroll.
			write(`\r${progressText(progress).slice(0, columns() - 1)}\x1b[K`);
		},
		clear() {
			if (drawn) write("\r\x1b[K");
			drawn = false;
		},
	};
}

export function progressText(progress: Progress): string {
	const { phase, files, totalFiles, bytes: read, totalBytes, lines, elapsedMs } = progress;
	if (phase === "listing") return `listing ${plural(files, "file")}`;
	if (phase === "saving") return "saving the dataset";
	const seconds = elapsedMs / 1000;
	const speed = seconds > 0 ? lines / seconds : 0;
	const secondsLeft = read > 0 ? ((totalBytes - read) / read) * seconds : 0;
	return [
		totalFiles > 0 ? `reading ${count(files)} of ${plural(totalFiles, "file")}` : "reading",
		totalBytes > 0
			? `${bytes(read)} of ${bytes(totalBytes)} (${percent(Math.min(1, read / totalBytes))})`
			: bytes(read),
		`${count(speed)} lines/s`,
		...(totalBytes > read && elapsedMs >= minEstimateMs ? [`ETA ${spanOfSeconds(secondsLeft)}`] : []),
	].join("  ");
}
