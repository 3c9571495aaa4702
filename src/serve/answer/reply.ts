/**
 * What goes back to the client, whatever the transport: status, raw fields, where the body comes from, and what the log says.
 */
import type { BodySource } from "../cache/body-source.ts";
import { factsOf } from "../cache/facts.ts";
import type { CacheFacts } from "../cache/found.ts";
import type { OriginAnswer } from "../origin/origin.ts";
import type { SmallReply } from "./refusals.ts";

export type Content =
	| { kind: "none" }
	| { kind: "buffer"; body: Buffer }
	/** From `first` to `last`, inclusive; an empty body has `last` before `first`. Closed by whoever sends. */
	| { kind: "source"; source: BodySource; first: number; last: number }
	/**
	 * S3's own stream, from `skipBytes` on, `lengthBytes` of it; `undefined`: to its end, in chunks. Cancelled by whoever sends, when
	 * not read out.
	 */
	| { kind: "stream"; answer: OriginAnswer; skipBytes: number; lengthBytes: number | undefined };

export interface Reply {
	status: number;
	/** Name, value, name, value. */
	fields: string[];
	content: Content;
	close: boolean;
	about: About;
}

/** What log and metrics say of it. */
export interface About {
	repository: string;
	bucket: string;
	key: string;
	rule: string;
	facts: CacheFacts;
	/** Why it was refused; empty: it was not, `facts.reason` counts. */
	refused: string;
}

const noFacts = factsOf("-");

export const nothing: About = { repository: "", bucket: "", key: "", rule: "", facts: noFacts, refused: "" };

/** `method` HEAD: the same fields and no body. */
export function fromSmall(small: SmallReply, method: string, about: Partial<About> = {}): Reply {
	return {
		status: small.status,
		fields: small.fields,
		content: method === "HEAD" ? { kind: "none" } : { kind: "buffer", body: small.body },
		close: small.close,
		about: { ...nothing, ...about },
	};
}
