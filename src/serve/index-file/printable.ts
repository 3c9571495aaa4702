/** Text from the index for a message: quoted or cut, and without anything that could steer a terminal or a log. */

/** Longer texts are cut: a message is read by people. */
const maxLength = 160;

export function printable(text: string, length = maxLength): string {
	const cut = text.length > length ? `${text.slice(0, length)}…` : text;
	return cut.replace(/[^\x20-\x7e…]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function quoted(text: string): string {
	return `"${printable(text, 60)}"`;
}
