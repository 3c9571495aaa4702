/**
 * Who may use the admin port. Pure decisions from a request's header fields. Bound to loopback, everything is open to
 * the machine's own users, but not to web pages in their browsers: a foreign Host (DNS rebinding) or Origin (CSRF) is
 * refused. Bound to anything else, only health, readiness and metrics are open; the rest needs the token.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

export interface GuardSettings {
	/** The address that the port is bound to. */
	boundHost: string;
	/** sha256 of the admin token, lower-case hex; `undefined`: none was set. */
	tokenSha256: string | undefined;
}

export interface GuardedRequest {
	host: string | undefined;
	origin: string | undefined;
	secFetchSite: string | undefined;
	authorization: string | undefined;
	/** Changes something. */
	isWrite: boolean;
	/** Shows or changes what is stored: all but health, readiness and metrics. */
	isPrivate: boolean;
}

export type Denial = { status: 401 | 403 | 421; message: string };

/** `undefined`: go on. */
export function denialOf(request: GuardedRequest, settings: GuardSettings): Denial | undefined {
	const isLocal = isLoopback(settings.boundHost);
	if (isLocal && !isLoopback(hostNameOf(request.host ?? "localhost")))
		return { status: 421, message: "This port answers to localhost only." };
	if (request.isWrite && isForeign(request))
		return { status: 403, message: "Requests of web pages from elsewhere are refused." };
	if (!request.isPrivate) return undefined;
	if (settings.tokenSha256 === undefined) {
		if (isLocal) return undefined;
		return { status: 403, message: "Set an admin token, or bind the admin port to 127.0.0.1." };
	}
	if (hasToken(request.authorization, settings.tokenSha256)) return undefined;
	return { status: 401, message: "The admin token is needed." };
}

export function isLoopback(host: string): boolean {
	if (host === "localhost") return true;
	const version = isIP(host);
	if (version === 4) return host.startsWith("127.");
	return version === 6 && /^(::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(host);
}

/** `localhost:8081` → `localhost`, `[::1]:8081` → `::1`; a text that is no host stays, and is no loopback. */
function hostNameOf(host: string): string {
	const [, ipv6, name] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host) ?? [];
	return (ipv6 ?? name ?? host).toLowerCase();
}

/** Browsers name the page's origin on every request that is no plain GET. Sec-Fetch-Site says it again. */
function isForeign({ host, origin, secFetchSite }: GuardedRequest): boolean {
	if (secFetchSite !== undefined && secFetchSite !== "same-origin" && secFetchSite !== "none") return true;
	return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

/** `Bearer TOKEN`, or Basic with the token as password, which is how a browser can send it. */
function hasToken(authorization: string | undefined, tokenSha256: string): boolean {
	const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(authorization ?? "") ?? [];
	const token =
		scheme.toLowerCase() === "basic"
			? Buffer.from(value, "base64")
					.toString("utf8")
					.replace(/^[^:]*:/, "")
			: scheme.toLowerCase() === "bearer"
				? value
				: "";
	// Hashes have one length, so that comparing tells nothing about the token.
	const given = createHash("sha256").update(token).digest();
	const wanted = Buffer.from(tokenSha256, "hex");
	return token !== "" && wanted.length === given.length && timingSafeEqual(given, wanted);
}
