/**
 * AWS's chain of credential sources, the only door to the SDK: environment, SSO, profile, process, web identity,
 * container, instance. A profile's name in, a provider out that asks the whole chain anew on each call; the SDK reads
 * environment and files itself. Memory, timing and retries are serve/origin/credentials.ts's.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";

/** What the chain found. The same shape as serve's Credentials. */
export interface AwsCredentials {
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken: string | undefined;
	/** Wall clock; `undefined`: never. */
	expiresAtMs: number | undefined;
}

export interface ChainOptions {
	/** `undefined`: AWS_PROFILE, or none. */
	profile?: string | undefined;
	/** The chain itself, for tests. */
	ask?: (() => Promise<SdkIdentity>) | undefined;
}

/** The SDK's shape. */
interface SdkIdentity {
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken?: string;
	expiration?: Date;
}

/** Rejects with a ChartcostError (exit code 5) that says what to do. */
export function credentialChain({ profile, ask }: ChainOptions = {}): () => Promise<AwsCredentials> {
	const askChain = ask ?? (() => sdkChain(profile));
	return async () => {
		let found: SdkIdentity;
		try {
			found = await askChain();
		} catch (error) {
			throw explained(error, profile);
		}
		if (
			!isHeaderSafe(found.accessKeyId) ||
			!found.secretAccessKey ||
			!isHeaderSafe(found.sessionToken ?? "-")
		)
			throw new ChartcostError("The AWS credentials that were found are empty or garbled.", {
				exitCode: ExitCode.permission,
				hint: "Look for missing values, quotes and line ends where they are set.",
			});
		return {
			accessKeyId: found.accessKeyId,
			secretAccessKey: found.secretAccessKey,
			sessionToken: found.sessionToken,
			expiresAtMs: found.expiration?.getTime(),
		};
	};
}

/**
 * A new chain each time: one that is kept answers from memory until five minutes before the end, and would never
 * see that a profile's file or a pod's token has changed.
 */
async function sdkChain(profile: string | undefined): Promise<SdkIdentity> {
	const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
	const silent = () => {};
	return defaultProvider({
		...(profile === undefined ? {} : { profile }),
		ignoreCache: true,
		// The instance's service is asked three times, a second each.
		...{ timeout: 1000, maxRetries: 2 },
		logger: { debug: silent, info: silent, warn: silent, error: silent },
	})();
}

/** They go into header fields. */
const isHeaderSafe = (text: string) => /^[\x21-\x7e]+$/.test(text);

/** The beginning of a message of the SDK, and what helps. First match wins. */
const hints: readonly (readonly [RegExp, string])[] = [
	[
		/aws sso login|sso session|sso token|token is expired|refresh.*token/i,
		"Run `aws sso login` for this profile.",
	],
	[
		/profile/i,
		"See `aws configure list-profiles`; name one with --profile or AWS_PROFILE, or unset AWS_PROFILE.",
	],
	[
		/AssumeRoleWithWebIdentity|web identity|OIDC|InvalidIdentityToken|token file/i,
		"Check the role's trust policy, and AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE (EKS sets them).",
	],
	[/AssumeRole|not authorized to perform/i, "Check the role's name and its trust policy."],
	[
		/container|169\.254\.170|FULL_URI|RELATIVE_URI/i,
		"The container's credential service did not answer: check the task role (ECS) or the Pod Identity agent (EKS).",
	],
];
const generalHint =
	"Give the process a role (EKS, ECS, EC2), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with AWS_PROFILE.";

function explained(error: unknown, profile: string | undefined): ChartcostError {
	const said = withoutSecrets(error instanceof Error ? error.message : "");
	const isNothingFound = /^Could not load credentials from any providers/.test(said);
	// The SDK goes on to the next source when a profile has nothing.
	const hinted = isNothingFound && profile !== undefined ? "profile" : said;
	const where = profile === undefined ? "" : ` for profile "${profile}"`;
	const why = isNothingFound || said === "" ? "no source has any." : said;
	// No `cause`: the SDK's error may carry answers of token services.
	return new ChartcostError(`AWS credentials${where}: ${why}`, {
		exitCode: ExitCode.permission,
		hint: hints.find(([pattern]) => pattern.test(hinted))?.[1] ?? generalHint,
	});
}

/** One line, without access key ids and anything as long and dense as a key or a token. */
function withoutSecrets(message: string): string {
	return (message.split("\n")[0] ?? "")
		.replaceAll(/[\x00-\x1f\x7f]/g, " ")
		.replaceAll(/\b(AKIA|ASIA)[A-Z0-9]{8,}/g, "$1…")
		.replaceAll(/[A-Za-z0-9+/=]{20,}/g, (run) => (isDense(run) ? "…" : run))
		.slice(0, 300);
}

/** Paths and names are long too, but mix less. */
const isDense = (run: string) =>
	run.length >= 40 || [/[A-Z]/, /[a-z]/, /[0-9]/].every((kind) => kind.test(run));
