/** Names that strangers could put into a log to act on a page, a terminal or a reader. In: nothing. Out: texts. */
export const hostileNames: readonly string[] = [
	'"><img src=x onerror=alert(1)>',
	"' onmouseover='alert(1)' x='",
	"</script><script>alert(1)</script>",
	"</style><style>*{display:none}</style>",
	"</title></head><body onload=alert(1)>",
	"<!--",
	"-->",
	"]]><svg onload=alert(1)>",
	"javascript:alert(1)",
	"data:text/html,<script>alert(1)</script>",
	"&lt;b&gt;&amp;&#60;",
	// biome-ignore lint/suspicious/noTemplateCurlyInString: meant as it is
	"${alert(1)}`{{constructor.constructor('alert(1)')()}}",
	"\u202eflipped\u202c\u2066\u200b\ufeff",
	"\x1b[2J\x1b]8;;http://x\x07\x00\x9b31m\x7f",
	"\ud800 lone \u2028 line",
	"مرحبا 日本 e\u0301🎉",
	`${"x".repeat(9000)}`,
];
