/**
 * The page around the content: one file that asks nobody for anything. Its policy allows the one style and the one
 * script whose hashes it names, and no connection at all, so that even a hole in the escaping could not run or send.
 */
import { createHash } from "node:crypto";
import { Markup } from "../../model/markup.ts";
import { html } from "./escape.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const policy = [
	"default-src 'none'",
	`style-src ${hashOf(style)}`,
	`script-src ${hashOf(script)}`,
	"img-src data:",
	"base-uri 'none'",
	"form-action 'none'",
].join("; ");

/** An icon of its own keeps browsers from asking the server for one. */
const icon =
	"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 14V8h3v6zm5 0V2h3v12zm5 0v-4h3v4z' fill='%232f6fd0'/%3E%3C/svg%3E";

export function page(title: string, content: Markup): string {
	return `${
		html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style>${new Markup(style)}</style>
</head>
<body>
${content}
<script>${new Markup(script)}</script>
</body>
</html>
`.text
	}`;
}
