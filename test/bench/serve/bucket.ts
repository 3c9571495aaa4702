/**
 * The S3 of the benchmark: a bucket with charts of the measured sizes, hot ones, and one of each kind that is fetched once.
 * In: nothing. Out: the fake S3 of the tests, running in this process, and what is in its bucket.
 */
import { createHash } from "node:crypto";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import { chartArchive } from "./chart-archive.ts";

export const bucketName = "charts";

export const hitSizes = { "1 KB": 1024, "64 KB": 64 * 1024, "1 MB": 1024 * 1024 } as const;
export type HitSize = keyof typeof hitSizes;
export const hitSizeNames = Object.keys(hitSizes) as HitSize[];

export function hitFile(size: HitSize): string {
	return `size-${hitSizes[size]}-1.0.0.tgz`;
}

/** Charts that everybody pulls: tens of kB, as charts are. */
export const hotFiles = Array.from({ length: 40 }, (_, chart) => `hot-${chart}-1.0.0.tgz`);
const hotBytes = 20_000;

export interface BenchBucket {
	s3: FakeS3;
	/** Puts `count` more objects there that nobody has asked for, and says their names. */
	fresh(count: number, sizeBytes: number): string[];
	/** `{ name.tgz: digest }` becomes index.yaml; `minBytes`: filled up with more charts. */
	putIndex(minBytes?: number): number;
}

export async function benchBucket(): Promise<BenchBucket> {
	// Peers that cannot sign are let in; serve signs all the same.
	const s3 = await startFakeS3({ insistsOnSignatures: false });
	const digests = new Map<string, string>();
	const put = (file: string, body: Buffer) => {
		s3.put(bucketName, file, body);
		digests.set(file, createHash("sha256").update(body).digest("hex"));
	};
	for (const size of hitSizeNames)
		put(hitFile(size), chartArchive(`size-${hitSizes[size]}`, "1.0.0", hitSizes[size]));
	for (const file of hotFiles)
		put(file, chartArchive(file.slice(0, -"-1.0.0.tgz".length), "1.0.0", hotBytes));
	let freshFiles = 0;
	const putIndex = (minBytes = 0): number => {
		const index = Buffer.from(indexYaml(digests, minBytes));
		s3.put(bucketName, "index.yaml", index);
		return index.length;
	};
	putIndex();
	return {
		s3,
		fresh(count, sizeBytes) {
			const names = Array.from({ length: count }, () => `fresh-${++freshFiles}-1.0.0.tgz`);
			// Not in the index, so that digests need not fit; one body for all, so that checksums are made once.
			const object = s3.put(bucketName, names[0]!, freshBody(names[0]!, sizeBytes));
			for (const name of names) s3.bucket(bucketName).objects.set(name, object);
			return names;
		},
		putIndex,
	};
}

function freshBody(name: string, sizeBytes: number): Buffer {
	return Buffer.alloc(sizeBytes, createHash("sha512").update(name).digest());
}

function indexYaml(digests: ReadonlyMap<string, string>, minBytes: number): string {
	const entries = [...digests].map(([file, digest]) =>
		entryYaml(file.slice(0, -"-1.0.0.tgz".length), digest),
	);
	let sizeBytes = entries.join("").length;
	for (let chart = 0; sizeBytes < minBytes; chart++) {
		const entry = entryYaml(`filling-${chart}`, createHash("sha256").update(String(chart)).digest("hex"));
		entries.push(entry);
		sizeBytes += entry.length;
	}
	return `apiVersion: v1\nentries:\n${entries.join("")}generated: "2026-10-01T10:00:00Z"\n`;
}

function entryYaml(name: string, digest: string): string {
	return `  ${name}:
  - apiVersion: v2
    appVersion: 1.0.0
    created: "2026-10-01T10:00:00.123456789Z"
    description: A chart that only a benchmark wants, described at some length as charts are
    digest: ${digest}
    name: ${name}
    urls:
    - s3://${bucketName}/${name}-1.0.0.tgz
    version: 1.0.0
`;
}
