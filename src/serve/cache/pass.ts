/**
 * Bodies that nobody keeps, for one client each: too large, not to be stored, or no place for them.
 * In: what the flight brought, or nothing. Out: S3's answer from the wanted byte on.
 */
import type { OriginAnswer } from "../origin/origin.ts";
import { factsOf, failedFacts, upstreamFacts } from "./facts.ts";
import { asOriginError, type PassReason, type Started } from "./flight.ts";
import type { Ask, Found } from "./found.ts";

/** The flight's answer goes to the first who takes it; the others ask S3 themselves. */
export async function passed(ask: Ask, started: Extract<Started, { kind: "unkept" }>): Promise<Found> {
	const answer = started.take();
	// A range beyond its end is answered without a body, and needs the size that this head tells.
	const isBeyond = (answer?.contentLength ?? Number.POSITIVE_INFINITY) <= ask.firstByte;
	if (answer !== undefined && (ask.firstByte === 0 || isBeyond)) return counted(answer, started.why);
	answer?.cancel();
	return passedAlone(ask, started.why);
}

/** A request of its own. */
export async function passedAlone({ origin, id, firstByte, lastByte }: Ask, why: PassReason): Promise<Found> {
	try {
		const range = firstByte > 0 ? { first: firstByte, last: lastByte } : undefined;
		return counted(await origin.request({ method: "GET", key: id.key, range }), why);
	} catch (failure) {
		const error = asOriginError(failure);
		return { kind: "failed", error, facts: failedFacts(error, false) };
	}
}

function counted(answer: OriginAnswer, reason: string): Found {
	let bytes = 0;
	const body = countedBody(answer.body, (more) => {
		bytes += more;
	});
	const facts = factsOf("bypass", { ...upstreamFacts(answer, false, () => bytes), reason });
	return { kind: "pass", answer: { ...answer, body, cancel: () => answer.cancel() }, facts };
}

async function* countedBody(
	body: AsyncIterable<Buffer>,
	count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
	for await (const chunk of body) {
		count(chunk.length);
		yield chunk;
	}
}
