/**
 * Names that come from outside and become part of URLs and keys: bucket, prefix and path of a repository, checked and
 * in their one form. Source for buckets: AWS, "General purpose bucket naming rules".
 */
import { usageError } from "../../model/errors.ts";

const dnsBucket = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What other makers' stores allow. */
const looseBucket = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;
const accessPoint = /^arn:aws[a-z-]*:s3:[a-z0-9-]+:\d{12}:accesspoint[:/][a-z0-9][a-z0-9-]{1,48}[a-z0-9]$/;
const longestKeyBytes = 1024;
const longestPath = 256;

/** `custom`: not AWS's endpoint. */
export function bucketName(text: string, where: string, custom: boolean): string {
	const url = /^s3:\/\/([^/]+)\/?(.*)$/.exec(text);
	if (url !== null) {
		const prefix = url[2] === "" ? "" : ` and prefix ${url[2]}`;
		throw usageError(`${where}: expected the name alone, got "${text}"`, `Give bucket ${url[1]}${prefix}.`);
	}
	if (text.startsWith("arn:")) {
		if (accessPoint.test(text)) return text;
		throw usageError(
			`${where}: "${text}" is no ARN that serve understands`,
			"Give the bucket's name, or an access point: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME.",
		);
	}
	const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
	const isFine = custom ? looseBucket.test(text) : dnsBucket.test(text) && !text.includes("..") && !isAddress;
	if (isFine) return text;
	const lower = text.toLowerCase();
	throw usageError(
		`${where}: "${text}" cannot be a bucket's name${lower !== text && dnsBucket.test(lower) ? `; did you mean ${lower}?` : ""}`,
		"Names have 3 to 63 lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit.",
	);
}

/** Empty, or without a slash at its beginning and with one at its end, however it was written. */
export function keyPrefix(text: string, where: string): string {
	const trimmed = text.replace(/^\/+|\/+$/g, "");
	if (trimmed === "") return "";
	const segments = trimmed.split("/");
	const hint = "A prefix is a folder of the bucket, such as charts/stable.";
	if (segments.some((segment) => segment === "." || segment === ".."))
		throw usageError(`${where}: the prefix "${text}" has a "." or ".." segment`, hint);
	if (segments.includes(""))
		throw usageError(`${where}: the prefix "${text}" has an empty segment (//)`, hint);
	if (/[\\?#*]/.test(trimmed)) throw usageError(`${where}: the prefix "${text}" has one of \\ ? # *`, hint);
	if (Buffer.byteLength(trimmed) > longestKeyBytes / 2)
		throw usageError(
			`${where}: the prefix leaves no room for names: keys have at most ${longestKeyBytes} bytes`,
		);
	return `${trimmed}/`;
}

/** Answered by serve itself, below the root. */
const reserved = ["health", "info", "api"];

/** Empty for the root, else `/team-a`. */
export function repositoryPath(text: string, where: string): string {
	const trimmed = text.replace(/^\/+|\/+$/g, "");
	if (trimmed === "") return "";
	const segments = trimmed.split("/");
	const odd = segments.find((segment) => !/^[A-Za-z0-9._~-]+$/.test(segment) || /^\.\.?$/.test(segment));
	if (odd !== undefined || trimmed.length > longestPath)
		throw usageError(
			`${where}: "${text}" cannot be a repository's path`,
			"Paths look like /team-a or /team/charts: letters, digits, dots, hyphens, underscores and tildes.",
		);
	if (reserved.includes(segments[0] ?? ""))
		throw usageError(`${where}: /${segments[0]} is answered by serve itself`, "Choose another path.");
	return `/${trimmed}`;
}

/** An http or https URL that signs as it stands; a password in it is never repeated. */
export function endpointUrl(text: string, where: string): string {
	const hint = "An endpoint looks like https://minio.example:9000.";
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol)) {
		const shown = text.replace(/[^/]*@/, "…@");
		const meant =
			URL.canParse(`https://${text}`) && !text.includes(":/") ? `; did you mean https://${shown}?` : "";
		throw usageError(`${where}: "${shown}" is no http or https URL${meant}`, hint);
	}
	if (url.username !== "" || url.password !== "")
		throw usageError(`${where}: the endpoint ${url.host} carries a user name or a password`, hint);
	if (url.search !== "" || url.hash !== "")
		throw usageError(`${where}: the endpoint ${url.host} carries a query or a fragment`, hint);
	if (url.protocol === "http:" && /(^|\.)amazonaws\.com(\.cn)?$/.test(url.hostname))
		throw usageError(`${where}: AWS is asked over https only`, `Write https://${url.host}, or leave it out.`);
	return text.replace(/\/+$/, "");
}

/** Region names go into host names. */
export function regionName(text: string, where: string, custom: boolean): string {
	const fine = custom ? /^[A-Za-z0-9_-]{1,64}$/ : /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;
	if (fine.test(text)) return text;
	throw usageError(
		`${where}: "${text}" is no AWS Region`,
		"Regions look like eu-west-1. Without one, S3 is asked.",
	);
}
