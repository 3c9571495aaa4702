/**
 * HTML for the status page: model/markup.ts with texts of strangers (keys, reasons) made visible first, control and bidi characters
 * as escapes.
 */
import { htmlTag } from "../../model/markup.ts";

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

export const html = htmlTag((text) =>
	text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`),
);
