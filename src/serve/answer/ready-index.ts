/**
 * The index in force as an object that can be answered from memory, in the form that a client asked for.
 * In: the index of a repository and an Accept-Encoding. Out: the same object for all who get the same form of the same version.
 */

import type { IndexLookup } from "../cache/lookup.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import { indexForm } from "./object-reply.ts";
import type { ReadyObject } from "./ready.ts";

/** By the form's bytes: answers made ready are shared, and go when the version goes. */
const objects = new WeakMap<Buffer, ReadyObject & { head: ObjectHead }>();

/** `undefined`: there is no index yet, or it was purged. */
export function readyIndex(
	{ current }: Pick<IndexLookup, "current">,
	acceptEncoding: string,
): ReadyObject | undefined {
	if (current === undefined) return undefined;
	const { head, index } = current;
	const form = indexForm(index, acceptEncoding);
	const there = objects.get(form.body);
	if (there !== undefined) {
		// Confirmed by S3 since.
		there.head = head;
		return there;
	}
	const object = { head, body: form.body, prepared: undefined, form };
	objects.set(form.body, object);
	return object;
}
