/** An answer with hostile text in everything that strangers could have written. In: an answer. Out: a copy of it. */

/** Every text that may come from a log, a map or a file, with something hostile before and behind it. */
export function poisoned<T>(value: T, evil: string, key = ""): T {
	const ours = ["severity", "direction", "unit", "problem", "flag", "by", "currency", "grain", "id"];
	if (ours.includes(key)) return value;
	if (typeof value === "string") {
		return (/^\d{4}-\d\d-\d\dT/.test(value) ? value : `${evil}${value}${evil}`) as T;
	}
	if (Array.isArray(value)) return value.map((item) => poisoned(item, evil, key)) as T;
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, item]) => [name, poisoned(item, evil, name)]),
	) as T;
}
