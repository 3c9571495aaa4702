/**
 * One request of the fake S3 from arrival to the last byte of its answer: record, check the signature, answer, suffer
 * the fault. In: a raw request on a connection. Out: whether the connection goes on.
 */
import { addressOf, type S3Address } from "./address.ts";
import { answerFor } from "./answers.ts";
import type { Bucket } from "./buckets.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { errorReply, type Reply, replyHeader, S3Error } from "./reply.ts";
import type { RecordedRequest, RequestLog } from "./request-log.ts";
import { Gone, type Line, pause, send, untilOpen } from "./send.ts";
import { checkSignature, type FakeCredentials, wrongRegion } from "./signature-check.ts";
import type { WireRequest } from "./wire-request.ts";

export interface S3State {
	nowMs: () => number;
	/** Of the endpoint, where no bucket says another. */
	region: string;
	buckets: Map<string, Bucket>;
	signers: FakeCredentials[];
	insistsOnSignatures: boolean;
	log: RequestLog;
	plan: FaultPlan;
}

/** Answers one request; `true` when the connection can take another. */
export type Exchange = (line: Line, request: WireRequest, place: ConnectionPlace) => Promise<boolean>;

export interface ConnectionPlace {
	connection: number;
	nthOnConnection: number;
}

export function newExchange(state: S3State): Exchange {
	return async (line, request, place) => {
		const record = newRecord(request, place);
		const { reply, fault } = await answer(state, request, record);
		try {
			if (fault.hold !== undefined) await untilOpen(line, fault.hold);
			if (fault.delayMs !== undefined) await pause(line, fault.delayMs);
			const normal = dated(reply, state);
			const changed = fault.reply?.(normal) ?? normal;
			const goesOn = await send(line, dated(changed, state), request.method, fault, record);
			return goesOn && keepsAlive(request);
		} catch (error) {
			if (!(error instanceof Gone)) throw error;
			record.aborted = true;
			return false;
		} finally {
			record.done = true;
			state.log.changed();
		}
	};
}

function newRecord(request: WireRequest, place: ConnectionPlace): RecordedRequest {
	const names = new Set(request.headers.map(([name]) => name.toLowerCase()));
	return {
		method: request.method,
		target: request.target,
		rawPath: request.rawPath,
		rawQuery: request.rawQuery,
		headers: Object.fromEntries([...names].map((name) => [name, request.header(name) ?? ""])),
		bucket: undefined,
		key: undefined,
		signatureError: undefined,
		...place,
		bodyBytes: request.body.length,
		status: 0,
		bytesSent: 0,
		aborted: false,
		done: false,
	};
}

/** S3's own answer, and the fault it is to suffer. The record is in the log from here on. */
async function answer(state: S3State, request: WireRequest, record: RecordedRequest) {
	let reply: Reply;
	try {
		const address = addressOf(request.header("host") ?? "", request.rawPath, state.buckets.keys());
		record.bucket = address.bucket;
		record.key = address.key;
		await authenticate(state, request, address, record);
		reply = answerFor(request, existingBucket(state, address), address.key, state.nowMs());
	} catch (error) {
		if (!(error instanceof S3Error)) throw error;
		reply = errorReply(error);
	}
	state.log.requests.push(record);
	const fault = state.plan.take(record);
	state.log.changed();
	return { reply, fault };
}

async function authenticate(
	state: S3State,
	request: WireRequest,
	address: S3Address,
	record: RecordedRequest,
): Promise<void> {
	const bucket = state.buckets.get(address.bucket ?? "");
	const region = bucket?.region ?? state.region;
	try {
		await checkSignature(request, address, {
			credentials: state.signers,
			region,
			otherRegion: (signed) =>
				bucket?.otherRegionStatus === 301 ? redirect(bucket) : wrongRegion(signed, region),
			nowMs: state.nowMs(),
		});
	} catch (error) {
		if (!(error instanceof S3Error)) throw error;
		record.signatureError = error.code;
		if (state.insistsOnSignatures) throw error;
	}
}

function redirect({ name, region }: Bucket): S3Error {
	return new S3Error(
		301,
		"PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		{ Endpoint: `${name}.s3.${region}.amazonaws.com`, Bucket: name },
		[["x-amz-bucket-region", region]],
	);
}

function existingBucket({ buckets }: S3State, { bucket }: S3Address): Bucket {
	const found = buckets.get(bucket ?? "");
	if (found !== undefined) return found;
	if (bucket === undefined) throw new S3Error(403, "AccessDenied", "Access Denied");
	throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist", { BucketName: bucket });
}

/** With the fields that every answer of S3 carries; those that are there stay. */
function dated(reply: Reply, { nowMs, log }: S3State): Reply {
	const id = log.requests.length.toString(16).toUpperCase().padStart(16, "0");
	const usual: [string, string][] = [
		["x-amz-id-2", `fake/${id}=`],
		["x-amz-request-id", id],
		["Date", new Date(nowMs()).toUTCString()],
		["Server", "AmazonS3"],
	];
	const missing = usual.filter(([name]) => replyHeader(reply, name) === undefined);
	return { ...reply, headers: [...missing, ...reply.headers] };
}

function keepsAlive(request: WireRequest): boolean {
	const connection = request.header("connection")?.toLowerCase();
	return request.httpVersion === "1.1" ? connection !== "close" : connection === "keep-alive";
}
