/**
 * Who made a request: the requester field of the log as the readable principal people are billed by.
 *
 * In: the field as logged. Out: `iam-user`, `session` and `account` of the contract.
 * Text is passed through as it is, hostile or not; reports escape it.
 * Source of the forms: S3 User Guide, "Amazon S3 server access log format", and published log lines.
 */

export interface Principal {
	/** `user/NAME`, `role/NAME`, `account/ID`, `service/NAME`, `cloudfront/ID`, `anonymous`, … */
	iamUser: string;
	/** The role session; `-` when there is none. */
	session: string;
	/** Twelve digits, or the canonical id when that is all the log knows; `-` when neither is known. */
	account: string;
}

/**
 * Reads a requester field.
 *
 * Users and roles lose their IAM path: names are unique in an account without it, `aws:username` has none,
 * and the assumed-role form of the same role never shows it. The `account` keeps equal names apart.
 * A requester of no known form is its own `iamUser`.
 */
export function principalOf(requester: string): Principal {
	if (requester === "-" || requester === "") return principal("anonymous");
	if (requester.startsWith("arn:")) return arnPrincipal(requester);
	// The account's root user, or any caller of another account: the log has no more than the canonical id.
	if (/^[0-9a-f]{64}$/i.test(requester)) return principal(`account/${requester}`, { account: requester });
	if (requester.startsWith("svc:")) return servicePrincipal(requester.slice("svc:".length));
	// `AmazonS3` is S3 itself: lifecycle, checksums.
	if (requester === "AmazonS3" || /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(requester)) {
		return servicePrincipal(requester);
	}
	return principal(requester);
}

function principal(iamUser: string, known: { session?: string; account?: string } = {}): Principal {
	return { iamUser, session: known.session ?? "-", account: known.account ?? "-" };
}

/** CloudFront with origin access control signs as the service, so the distribution is not known. */
function servicePrincipal(name: string): Principal {
	return principal(/^cloudfront\.amazonaws\.com/.test(name) ? "cloudfront/OAC" : `service/${name}`);
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; the partition is `aws`, `aws-cn`, `aws-us-gov`, … */
const arnForm = /^arn:[^:]*:([^:]*):[^:]*:([^:]*):(.+)$/s;

/** S3 User Guide, "Giving the origin access identity permission": three spaces stand in the middle of the field. */
const originAccessIdentity = "user/CloudFront Origin Access Identity ";

function arnPrincipal(requester: string): Principal {
	const [, service, account, resource] = arnForm.exec(requester) ?? [];
	if (service === undefined || account === undefined || resource === undefined) return principal(requester);
	if (account === "cloudfront" && resource.startsWith(originAccessIdentity)) {
		return principal(`cloudfront/${resource.slice(originAccessIdentity.length)}`);
	}
	const known = account === "" ? {} : { account };
	const slash = resource.indexOf("/");
	const kind = slash === -1 ? resource : resource.slice(0, slash);
	const name = slash === -1 ? "" : resource.slice(slash + 1);
	if (service === "sts" && kind === "assumed-role" && name !== "") {
		const [role, session] = cutAtSlash(name);
		return principal(`role/${role}`, { ...known, ...(session === "" ? {} : { session }) });
	}
	if (service === "iam" && (kind === "user" || kind === "role") && name !== "") {
		return principal(`${kind}/${name.slice(name.lastIndexOf("/") + 1)}`, known);
	}
	if (service === "iam" && resource === "root" && account !== "")
		return principal(`account/${account}`, known);
	// Federated users (`federated-user/NAME`) and what AWS may add: the resource says it best.
	return principal(resource, known);
}

/** Role names have no slash; session names neither, but whatever stands there belongs to the session. */
function cutAtSlash(name: string): [before: string, after: string] {
	const slash = name.indexOf("/");
	return slash === -1 ? [name, ""] : [name.slice(0, slash), name.slice(slash + 1)];
}
