/**
 * Writes access logs of any size, realistic and hostile, from a seed, together with the truth about them.
 * In: `GenerateOptions`. Out: whole lines as chunks, a file or bytes, and a `Truth` that was added up on the way.
 * Records are out of order by up to `unsortedSeconds`, as in real logs, where many servers write into one object.
 */
import { open } from "node:fs/promises";
import { chartKeys, deployers, userAgents } from "./chart-bucket.ts";
import { renderLine } from "./log-line.ts";
import { everyQuirk, type Out, type QuirkName, quirks } from "./quirks.ts";
import { Random, Weighted } from "./random.ts";
import * as traffic from "./traffic.ts";
import { Truth } from "./truth.ts";

/** Weights of the kinds of caller. A ChartMuseum that downloads everything drowns all others. */
export const defaultMix = {
	sweeper: 74,
	lister: 2,
	download: 15,
	helmPush: 4,
	cliListing: 2,
	terraformPlan: 1,
	consoleVisit: 1,
	probe: 1,
};

export interface GenerateOptions {
	seed: number;
	/** At least so many bytes or lines; the last event may go over. */
	size: { bytes: number } | { lines: number };
	/** Unix seconds. */
	startSeconds: number;
	days: number;
	/** Chart archives in the bucket, distinct deployment sessions, distinct user agents of theirs. */
	keys: number;
	callers: number;
	userAgents: number;
	mix: Partial<typeof defaultMix>;
	/** Share of all events, per quirk. */
	quirks: Partial<Record<QuirkName, number>>;
	unsortedSeconds: number;
	/** Chunks are at least so large, but for the last, and end with a line. */
	chunkBytes: number;
}

export const defaultOptions: GenerateOptions = {
	seed: 1,
	size: { lines: 1000 },
	startSeconds: Date.UTC(2026, 9, 12) / 1000,
	days: 3,
	keys: 2400,
	callers: 60,
	userAgents: 40,
	mix: defaultMix,
	quirks: everyQuirk(0.00002),
	unsortedSeconds: 3600,
	chunkBytes: 1 << 20,
};

/** NAT gateways with a ChartMuseum of the old version behind them, one of them with two replicas. */
const sweepers = ["192.0.2.10", "192.0.2.10", "198.51.100.7", "198.51.100.8"];

/** Yields the log as chunks of whole lines and adds them up in `truth`. */
export function* logChunks(options: GenerateOptions, truth: Truth): Generator<Buffer> {
	const random = new Random(options.seed);
	const world: traffic.World = {
		random,
		keys: chartKeys(options.keys),
		deployers: deployers(options.callers),
		userAgents: userAgents(options.userAgents),
	};
	const nextEvent = eventPicker(options);
	const pending: string[] = [];
	let pendingBytes = 0;
	const out = lineWriter(truth, (line) => {
		pending.push(line);
		pendingBytes += line.length;
	});

	const spanSeconds = options.days * 86_400;
	for (let done = 0; done < 1; done = doneShare(options, truth)) {
		const drift = (random.fraction() * 2 - 1) * options.unsortedSeconds;
		const second = Math.floor(Math.min(Math.max(done * spanSeconds + drift, 0), spanSeconds - 1));
		nextEvent(random)(world, options.startSeconds + second, out);
		if (pendingBytes >= options.chunkBytes) {
			yield Buffer.from(pending.join(""), "latin1");
			pending.length = 0;
			pendingBytes = 0;
		}
	}
	if (pendingBytes > 0) yield Buffer.from(pending.join(""), "latin1");
}

export async function generateFile(path: string, options: GenerateOptions): Promise<Truth> {
	const truth = new Truth();
	const file = await open(path, "w");
	try {
		for (const chunk of logChunks(options, truth)) await file.write(chunk);
	} finally {
		await file.close();
	}
	return truth;
}

/** For small logs: everything in memory. */
export function generateBytes(options: Partial<GenerateOptions>): { bytes: Buffer; truth: Truth } {
	const truth = new Truth();
	const bytes = Buffer.concat([...logChunks({ ...defaultOptions, ...options }, truth)]);
	return { bytes, truth };
}

function doneShare({ size }: GenerateOptions, truth: Truth): number {
	return "bytes" in size ? truth.bytes / size.bytes : truth.lines / size.lines;
}

type Event = (world: traffic.World, timeSeconds: number, out: Out) => void;

/** Quirks by their shares, and ordinary traffic by its weights for the rest. */
function eventPicker(options: GenerateOptions): (random: Random) => Event {
	const { sweeper = 0, ...others } = options.mix;
	const ordinary = new Weighted<traffic.Writer>([
		...sweepers.map((remoteIp, index) => {
			const share = index / sweepers.length;
			return [traffic.sweeper(remoteIp, share), sweeper / sweepers.length] as const;
		}),
		...Object.entries(others).map(
			([name, weight]) => [traffic.writers[name as keyof typeof others], weight] as const,
		),
	]);
	const writeOrdinary: Event = (world, timeSeconds, out) => {
		out.record(ordinary.pick(world.random)(world, timeSeconds));
	};

	const shares = Object.entries(options.quirks) as [QuirkName, number][];
	const quirkShare = shares.reduce((sum, [, share]) => sum + share, 0);
	const odd = new Weighted(shares);
	return (random) => {
		if (random.fraction() >= quirkShare) return writeOrdinary;
		return quirks[odd.pick(random)];
	};
}

/** Counts each line as what its writer says it is, and passes it on with its line end. */
function lineWriter(truth: Truth, write: (line: string) => void): Out {
	const pass = (line: string) => {
		truth.bytes += line.length + 1;
		write(`${line}\n`);
	};
	return {
		record(draft, edit) {
			truth.add(draft);
			const line = renderLine(draft);
			pass(edit === undefined ? line : edit(line));
		},
		unparsed(line) {
			truth.unparsed++;
			pass(line);
		},
		blank(line = "") {
			truth.blank++;
			pass(line);
		},
	};
}
