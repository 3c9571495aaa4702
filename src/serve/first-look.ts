/**
 * The first look at each bucket, before the first client comes: its index is fetched, and what is wrong is said in words.
 * In: a repository. Out: nothing wrong, something to say, or an error that ends the start. A bucket that is only out of reach, or
 * denies us now, ends nothing while its index is on disk.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { FoundIndex } from "./index-file/holder.ts";
import type { OriginError, OriginFailure } from "./origin/origin.ts";
import type { Repository } from "./repository.ts";

export type Look =
	| { kind: "ok"; charts: number; versions: number }
	| { kind: "warning"; message: string }
	| { kind: "error"; error: ChartcostError };

export async function firstLook(repository: Repository): Promise<Look> {
	const found = await repository.index.find("GET", true);
	return lookOf(repository, found);
}

function lookOf({ config, index }: Repository, found: FoundIndex): Look {
	const where = `bucket ${config.bucket}${config.prefix === "" ? "" : `, prefix ${config.prefix}`}`;
	switch (found.kind) {
		case "index": {
			const { chartCount: charts, versionCount: versions } = found.index;
			if (found.facts.cache !== "stale") return { kind: "ok", charts, versions };
			const why = found.facts.reason;
			return { kind: "warning", message: `${where}: S3 says ${why}; the stored index is served meanwhile` };
		}
		case "object":
			// The holder has said that it is too large.
			found.source.close();
			return { kind: "ok", charts: 0, versions: 0 };
		case "pass":
			found.answer.cancel();
			return {
				kind: "warning",
				message: `${where}: index.yaml is too large to be read and is passed on as it is`,
			};
		case "missing":
			return {
				kind: "warning",
				message: `${where}: there is no index.yaml; packages are served, but Helm cannot add the repository. Publish with helm-s3, or build one`,
			};
		case "head":
			return { kind: "ok", charts: 0, versions: 0 };
		case "failed":
			return index.current === undefined
				? lookOfFailure(where, found.error)
				: { kind: "warning", message: `${where}: ${found.error.message}` };
	}
}

/** They pass by themselves: starting anew would not help. */
const passing = new Set<OriginFailure>(["unavailable", "throttled", "broken", "aborted"]);

function lookOfFailure(where: string, { failure, message }: OriginError): Look {
	if (passing.has(failure)) {
		return {
			kind: "warning",
			message: `${where}: S3 cannot be reached now (${message}); tried again for each request`,
		};
	}
	if (failure === "bad-answer") return { kind: "warning", message: `${where}: ${message}` };
	const known = endings[failure];
	if (known === undefined) return { kind: "warning", message: `${where}: ${message}` };
	const [exitCode, what, hint] = known;
	return { kind: "error", error: new ChartcostError(`${where}: ${what} (${message})`, { exitCode, hint }) };
}

const { failed, permission, usage } = ExitCode;

const endings: Partial<Record<OriginFailure, readonly [ExitCode, string, string]>> = {
	"bucket-missing": [
		usage,
		"there is no such bucket",
		"Check --bucket, --region, --endpoint-url and --path-style.",
	],
	credentials: [
		permission,
		"S3 does not accept the credentials, or there are none",
		"Check AWS_PROFILE, AWS_ACCESS_KEY_ID, the role of the pod or instance; `aws sts get-caller-identity` shows what works.",
	],
	signature: [
		permission,
		"S3 says that the signature is wrong",
		"The secret key does not belong to the access key, or something between here and S3 changes requests.",
	],
	forbidden: [
		permission,
		"S3 denies reading index.yaml",
		"The identity needs s3:GetObject on the objects and s3:ListBucket on the bucket; look at bucket policy and KMS key, too.",
	],
	clock: [failed, "the clock of this machine is wrong", "Set it by NTP; S3 accepts 15 minutes."],
	region: [
		usage,
		"the bucket is in another Region, or behind another endpoint",
		"Give the bucket's own --region or --endpoint-url.",
	],
};
