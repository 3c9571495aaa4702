/**
 * Where AWS credentials come from, faked on one port: STS (AssumeRoleWithWebIdentity, AssumeRole), the instance's
 * metadata service (IMDSv2 only) and the container endpoint (ECS, EKS Pod Identity). Everything issued expires.
 *
 *   const aws = await startFakeAws({ lifetimeMs: 5000, onIssue: (pair) => s3.signers.push(pair) });
 *   process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = aws.url;                        instance
 *   process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${aws.url}/container`;        container, with aws.bearerToken
 *   process.env.AWS_ENDPOINT_URL_STS = aws.url;                                     web identity, with aws.webIdentityToken
 *   aws.outage = "hang"; …; aws.outage = undefined; aws.count("imds");
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { FakeCredentials } from "./signature-check.ts";

export type CredentialService = "sts" | "imds" | "container";
/** `error` 500, `denied` 403, `throttled` 429, `hang` no answer, `reset`, `garbage` 200 with no credentials in it. */
export type Outage = "error" | "denied" | "throttled" | "hang" | "reset" | "garbage";

export interface FakeAwsOptions {
	/** Of what is issued. Default one hour. */
	lifetimeMs?: number;
	nowMs?: () => number;
	/** Called with each pair before it is sent. */
	onIssue?: (credentials: FakeCredentials) => void;
}

export interface FakeAws {
	/** `http://127.0.0.1:PORT` */
	readonly url: string;
	lifetimeMs: number;
	/** What every request meets. */
	outage: Outage | undefined;
	/** What the container endpoint and STS insist on; tests change them to see token files read anew. */
	bearerToken: string;
	webIdentityToken: string;
	/** In the order of issue. */
	readonly issued: readonly FakeCredentials[];
	/** Requests so far, those of an outage included. IMDS counts its tokens too. */
	count(service: CredentialService): number;
	close(): Promise<void>;
}

type State = Pick<FakeAws, "lifetimeMs" | "outage" | "bearerToken" | "webIdentityToken"> & {
	nowMs: () => number;
	onIssue: (credentials: FakeCredentials) => void;
	issued: FakeCredentials[];
	counts: Record<CredentialService, number>;
};

export async function startFakeAws(options: FakeAwsOptions = {}): Promise<FakeAws> {
	const state: State = {
		lifetimeMs: options.lifetimeMs ?? 3_600_000,
		outage: undefined,
		bearerToken: "container-token",
		webIdentityToken: "web.identity.token",
		nowMs: options.nowMs ?? Date.now,
		onIssue: options.onIssue ?? (() => {}),
		issued: [],
		counts: { sts: 0, imds: 0, container: 0 },
	};
	const server = createServer((request, response) => void answer(state, request, response));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	const port = typeof address === "object" && address !== null ? address.port : 0;
	return Object.assign(state, {
		url: `http://127.0.0.1:${port}`,
		count: (service: CredentialService) => state.counts[service],
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	});
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const path = request.url ?? "/";
	const service = path.startsWith("/latest/") ? "imds" : path.startsWith("/container") ? "container" : "sts";
	state.counts[service]++;
	const body = await bodyOf(request);
	if (state.outage !== undefined) return suffer(state.outage, response);
	const { status, text } = services[service](state, request, body);
	response
		.writeHead(status, { "content-type": service === "sts" ? "text/xml" : "application/json" })
		.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

function suffer(outage: Outage, response: ServerResponse): void {
	const statuses = { error: 500, denied: 403, throttled: 429, garbage: 200 };
	if (outage === "reset") response.socket?.resetAndDestroy();
	else if (outage !== "hang")
		response.writeHead(statuses[outage]).end(outage === "garbage" ? "<html>" : "{}");
}

interface Answer {
	status: number;
	text: string;
}

const services: Record<CredentialService, (state: State, request: IncomingMessage, body: string) => Answer> =
	{
		sts: answerSts,
		imds: answerImds,
		container: answerContainer,
	};

function issue(state: State): { pair: FakeCredentials; expiration: string } {
	const number = state.issued.length + 1;
	// Whole seconds, as AWS has them.
	const expiresAtMs = Math.floor((state.nowMs() + state.lifetimeMs) / 1000) * 1000;
	const pair = {
		accessKeyId: `ASIAFAKE${String(number).padStart(12, "0")}`,
		secretAccessKey: `issued/secret+${number}`,
		sessionToken: `issued/token+${number}==`,
		expiresAtMs,
	};
	state.issued.push(pair);
	state.onIssue(pair);
	return { pair, expiration: new Date(expiresAtMs).toISOString().replace(".000Z", "Z") };
}

function jsonCredentials(state: State): Answer {
	const { pair, expiration } = issue(state);
	const text = JSON.stringify({
		Code: "Success",
		LastUpdated: new Date(state.nowMs()).toISOString(),
		Type: "AWS-HMAC",
		AccessKeyId: pair.accessKeyId,
		SecretAccessKey: pair.secretAccessKey,
		Token: pair.sessionToken,
		Expiration: expiration,
	});
	return { status: 200, text };
}

const imdsToken = "fake-imds-token";
const roleName = "chart-reader";
const roles = "/latest/meta-data/iam/security-credentials/";

/** Version 2 only: without a token from PUT everything is 401. */
function answerImds(state: State, { method, url, headers }: IncomingMessage): Answer {
	if (url === "/latest/api/token") {
		const ttl = Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]);
		return method === "PUT" && ttl >= 1 && ttl <= 21_600
			? { status: 200, text: imdsToken }
			: { status: 400, text: "" };
	}
	if (headers["x-aws-ec2-metadata-token"] !== imdsToken) return { status: 401, text: "" };
	if (url === roles) return { status: 200, text: roleName };
	return url === roles + roleName ? jsonCredentials(state) : { status: 404, text: "" };
}

function answerContainer(state: State, { headers }: IncomingMessage): Answer {
	return headers.authorization === state.bearerToken
		? jsonCredentials(state)
		: { status: 403, text: '{"Code":"AccessDenied","Message":"the token is not the expected one"}' };
}

function answerSts(state: State, _request: IncomingMessage, body: string): Answer {
	const query = new URLSearchParams(body);
	const action = query.get("Action") ?? "";
	if (action !== "AssumeRoleWithWebIdentity" && action !== "AssumeRole")
		return stsError("InvalidAction", `no action ${JSON.stringify(action)}`);
	if (action === "AssumeRoleWithWebIdentity" && query.get("WebIdentityToken") !== state.webIdentityToken)
		return stsError("InvalidIdentityToken", "The token is not the expected one");
	const { pair, expiration } = issue(state);
	const fields = `<AccessKeyId>${pair.accessKeyId}</AccessKeyId><SecretAccessKey>${pair.secretAccessKey}</SecretAccessKey><SessionToken>${pair.sessionToken}</SessionToken><Expiration>${expiration}</Expiration>`;
	const user =
		"<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/chart-reader/s</Arn><AssumedRoleId>AROAFAKE:s</AssumedRoleId></AssumedRoleUser>";
	const result = `<${action}Result><Credentials>${fields}</Credentials>${user}</${action}Result>`;
	const text = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}<ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></${action}Response>`;
	return { status: 200, text };
}

function stsError(code: string, message: string): Answer {
	return {
		status: 400,
		text: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>fake</RequestId></ErrorResponse>`,
	};
}
