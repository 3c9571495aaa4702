/**
 * HEADs of objects that are not stored: passed on to S3, one for all who ask meanwhile, and not kept.
 * In: an Ask. Out: what S3 said, and whether somebody else had asked.
 */
import { type OriginAnswer, OriginError } from "../origin/origin.ts";
import { asOriginError } from "./flight.ts";
import type { Ask } from "./found.ts";

export interface SharedHead {
	said: OriginAnswer | OriginError;
	collapsed: boolean;
}

export class Heads {
	readonly #under = new Map<string, Promise<OriginAnswer | OriginError>>();

	/** Never rejects. */
	async ask(ask: Ask): Promise<SharedHead> {
		const joined = this.#under.get(ask.idText);
		return { said: await (joined ?? this.#begin(ask)), collapsed: joined !== undefined };
	}

	#begin({ id, idText, origin }: Ask): Promise<OriginAnswer | OriginError> {
		const said = origin.request({ method: "HEAD", key: id.key }).catch(asOriginError);
		this.#under.set(idText, said);
		void said.then(() => this.#under.delete(idText));
		return said;
	}
}

export function isFailure(said: OriginAnswer | OriginError): said is OriginError {
	return said instanceof OriginError;
}
