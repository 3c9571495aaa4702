/** The page: whole in itself, valid, small, readable, complete, and deaf to whatever strangers wrote into a log. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { chartsOf } from "../../src/charts-data.ts";
import type { Analysis } from "../../src/model/analysis.ts";
import { html, name, prose } from "../../src/report/html/escape.ts";
import { style as css } from "../../src/report/html/style.ts";
import { format } from "../../src/report/html.ts";
import type { Style } from "../../src/report/style.ts";
import { visible } from "../../src/report/words.ts";
import { hostileNames } from "../support/hostile-names.ts";
import { type Element, elementsOf, textOf } from "../support/html-check.ts";
import { monthCase } from "../support/month-case.ts";
import { poisoned } from "../support/poison.ts";
import { analysis, attribution, finding, row, wholeAnalysis } from "./sample.ts";

const style: Style = { width: 80, unicode: true, color: false, top: undefined };
const pageOf = (answer: Analysis) => format.analysis(answer, style);
/** The contract of the issue, with what a mail takes in mind. */
const maxPageBytes = 400 << 10;

function bodyText(elements: readonly Element[]): string {
	const body = elements.find(({ tag }) => tag === "body");
	assert.ok(body);
	return textOf(body).replace(/\s+/g, " ");
}

test("what is escaped is text, in an element and in an attribute", () => {
	const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...hostileNames));
	fc.assert(
		fc.property(anyText, (text) => {
			const [element, ...more] = elementsOf(html`<p title="${text}">${text}</p>`.text);
			assert.equal(more.length, 0);
			assert.equal(textOf(element!), visible(text));
			assert.equal(element?.attributes["title"], visible(text));
		}),
	);
});

test("values are escaped in lists and templates alike, names are isolated and cut", () => {
	assert.equal(html`${["<", html`<b>${"&"}</b>`, 3, undefined]}`.text, "&lt;<b>&amp;</b>3");
	assert.equal(name("\u202ea<b").text, "<bdi>\\u{202e}a&lt;b</bdi>");
	assert.ok(name("x".repeat(9000)).text.length < 200);
});

test("commands in our sentences look like commands, whatever stands in them", () => {
	assert.equal(prose("put `a <b>` in `c").text, "put <code>a &lt;b&gt;</code> in `c");
});

test("a page is valid HTML, with and without anything in it", () => {
	const empty = { ...analysis(), window: null, costLines: [], breakdowns: [] };
	empty.timeline.points = [];
	empty.total = { ...empty.total, requests: 0, costUsdPerMonth: null };
	for (const page of [
		pageOf(wholeAnalysis()),
		pageOf(analysis()),
		pageOf(empty),
		format.attribution(attribution(), style),
	]) {
		const elements = elementsOf(page);
		const ids = elements.flatMap(({ attributes }) => attributes["id"] ?? []);
		assert.equal(new Set(ids).size, ids.length, "ids are unique");
		assert.equal(elements.filter(({ tag }) => tag === "h1").length, 1);
		assert.equal(elements.filter(({ tag }) => tag === "main").length, 1);
		for (const { tag, attributes } of elements) {
			const target = attributes["aria-labelledby"] ?? attributes["data-values"];
			if (target !== undefined) assert.ok(ids.includes(target), `${tag} points to ${target}`);
		}
	}
	assert.match(bodyText(elementsOf(pageOf(empty))), /No requests:/);
});

for (const evil of hostileNames) {
	test(`hostile text stays text: ${visible(evil).slice(0, 40)}`, () => {
		const page = pageOf(poisoned(wholeAnalysis(), evil));
		const kindsOf = (found: readonly Element[]) => new Set(found.map(({ tag }) => tag));
		const clean = elementsOf(pageOf(wholeAnalysis()));
		const elements = elementsOf(page);
		assert.deepEqual(
			[...kindsOf(elements)].filter((tag) => !kindsOf(clean).has(tag)),
			[],
			"no new kind of element",
		);
		// A client that is not its own software any more gets one label more, advice that is no command no button.
		assert.ok(
			Math.abs(elements.length - clean.length) < 60,
			`${elements.length} elements, were ${clean.length}`,
		);
		assert.equal(elements.filter(({ tag }) => tag === "script").length, 1);
		assert.equal(elements.filter(({ tag }) => tag === "style").length, 1);
		for (const { attributes } of elements) {
			for (const attribute of Object.keys(attributes))
				assert.doesNotMatch(attribute, /^(on|style$|src$|srcdoc$)/);
		}
		assert.doesNotMatch(
			page.replaceAll(/[\n\t]/g, ""),
			/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u,
			"no control or bidi character",
		);
		format.attribution(poisoned(attribution(), evil), style);
	});
}

test("the page asks nobody for anything, and its policy says so", () => {
	const page = pageOf(wholeAnalysis());
	const elements = elementsOf(page);
	const policy =
		elements.find(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy")?.attributes[
			"content"
		] ?? "";
	assert.match(policy, /^default-src 'none'; /);
	assert.doesNotMatch(policy, /unsafe|http|\*/);
	for (const tag of ["script", "style"]) {
		const text = String(elements.find((element) => element.tag === tag)?.children[0]);
		const hash = createHash("sha256").update(text).digest("base64");
		assert.ok(policy.includes(`${tag}-src 'sha256-${hash}'`), `${tag} is the one that the policy names`);
	}
	const references = elements
		.flatMap(({ attributes }) => [attributes["href"], attributes["src"]])
		.filter((url) => url !== undefined);
	assert.deepEqual(
		references.map((url) => url.slice(0, 5)),
		["data:"],
	);
	assert.doesNotMatch(css, /url\((?!#)|@import/);
});

test("every finding, change and roll-out is on the page, with its evidence and next steps", () => {
	const answer = wholeAnalysis();
	const text = bodyText(elementsOf(pageOf(answer)));
	assert.ok(text.includes(answer.diagnosis.summary));
	for (const { title, why, next, id } of answer.diagnosis.findings) {
		for (const part of [title, why, id, ...next]) assert.ok(text.includes(part), part);
	}
	for (const part of ["Sweeps per day 48", "161 MiB", "2026-10-13 15:42 UTC", "0.13.x bug", "198.51.100.7"]) {
		assert.ok(text.includes(part), part);
	}
	assert.match(text, /Requests fell 66% \(92 to 31 an hour\), -\$10\.25 a month/);
	assert.match(text, /Roll-out ChartMuseum 0\.13\.1 to 0\.16\.1/);
	assert.match(text, /user\/chartmuseum, 1 of 2 sources, not 198\.51\.100\.7/);
});

test("the money is on top: the month, and what the largest finding alone saves", () => {
	const text = bodyText(elementsOf(pageOf(wholeAnalysis())));
	assert.match(
		text,
		/\$20\.00 a month at this rate \(\$2\.00 in 3 days\) ≥ \$15\.90 a month can be saved by acting on one finding alone/,
	);
	const calm = bodyText(elementsOf(pageOf({ ...wholeAnalysis(), diagnosis: analysis().diagnosis })));
	assert.match(calm, /Nothing unusual was found\./);
	assert.doesNotMatch(calm, /can be saved|Findings/);
});

test("unknown money is a word, never zero", () => {
	const answer = wholeAnalysis();
	answer.total.costUsdPerMonth = null;
	answer.breakdowns = [
		{
			by: ["iam-user"],
			rows: [row({ "iam-user": "user/x" }, { costUsd: 0, unpricedBytes: 9 })],
			other: null,
		},
	];
	answer.costLines[0] = {
		...answer.costLines[0]!,
		costUsd: null,
		unitPriceUsd: null,
		note: "give --clusters",
	};
	const text = bodyText(elementsOf(pageOf(answer)));
	assert.match(text, /no complete hour to project a month from/);
	assert.match(text, /user\/x \d* ?1,000 .*? unknown/);
	assert.match(text, /Unknown price: give --clusters/);
});

test("the values of the pictures stand in tables, the same that are drawn", () => {
	const elements = elementsOf(pageOf(wholeAnalysis()));
	const tableOf = (id: string) => elements.find(({ attributes }) => attributes["id"] === id)!;
	const rates = textOf(tableOf("rates")).replace(/\s+/g, " ");
	assert.match(rates, /2026-10-13 15:00 60 27 0 87|2026-10-13 15:00 87 0 87/);
	assert.match(rates, /2026-10-13 16:00 27 10 37/);
	assert.equal(
		elements.filter(({ parent, tag }) => tag === "tr" && parent?.parent === tableOf("rates")).length,
		73,
	);
	const stray = elements.find(({ attributes }) => attributes["data-c"] !== undefined);
	assert.equal(stray?.attributes["data-c"], "0".repeat(72));
	assert.match(bodyText(elements), /198\.51\.100\.7 stray/);
});

test("a month of 5,000 sources and hundreds of findings stays small", () => {
	const answer = wholeAnalysis();
	const many = Array.from({ length: 5000 }, (_, i) => `2001:db8::${i.toString(16)}`);
	answer.diagnosis.findings = Array.from({ length: 120 }, (_, i) =>
		finding(
			"stray-cluster",
			"warn",
			`Source number ${i} ${hostileNames[i % hostileNames.length]?.slice(0, 200)}`,
			{
				evidence: { sourceIps: many, sources: many.map((sourceIp) => ({ sourceIp, cluster: "unmapped" })) },
				next: ["chartcost clusters discover"],
			},
		),
	);
	answer.breakdowns = answer.breakdowns.map((breakdown) => ({
		...breakdown,
		rows: Array.from({ length: 1000 }, (_, i) =>
			row(Object.fromEntries(breakdown.by.map((by) => [by, `${by}-${i}-${hostileNames[i % 17]}`]))),
		),
	}));
	answer.charts = chartsOf(monthCase(5000, 40), answer.diagnosis, answer.breakdowns[0]!);
	assert.equal(answer.charts.clientBins.count, 744);
	const page = pageOf(answer);
	const size = Buffer.byteLength(page);
	assert.ok(size < maxPageBytes, `${size} bytes`);
	const text = bodyText(elementsOf(page));
	for (let i = 0; i < 120; i++) assert.ok(text.includes(`Source number ${i} `), `finding ${i}`);
});

/** WCAG 2.2: relative luminance and contrast of two colours. */
function contrast(one: string, other: string): number {
	const luminance = (hex: string) => {
		const full = hex.length === 4 ? hex.replace(/[\da-f]/g, "$&$&") : hex;
		const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
			const share = Number.parseInt(full.slice(at, at + 2), 16) / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (light + 0.05) / (dark + 0.05);
}

test("text has a contrast of 4.5, pictures of 3, in the light, in the dark and on paper", () => {
	const schemes = [...css.matchAll(/:root\{([^}]*)\}/g)].map(([, block = ""]) =>
		Object.fromEntries(
			[...block.matchAll(/--([\w-]+):(#[\da-f]+)/g)].map(([, key = "", value = ""]) => [key, value]),
		),
	);
	assert.equal(schemes.length, 3);
	for (const [scheme, colors] of schemes.entries()) {
		const check = (front: string, ground: string, least: number) => {
			const value = contrast(colors[front] ?? "#000", colors[ground] ?? "#000");
			assert.ok(value >= least, `scheme ${scheme}: ${front} on ${ground} is ${value.toFixed(2)}`);
		};
		for (const ground of ["bg", "card"])
			for (const text of ["ink", "soft", "accent", "good"]) check(text, ground, 4.5);
		for (const kind of ["high", "warn", "info"]) {
			check(kind, `${kind}-bg`, 4.5);
			check(kind, "card", 4.5);
		}
		for (const text of ["ink", "soft"]) check(text, "high-bg", 4.5);
		check("ink", "track", 4.5);
		for (let client = 0; client <= 8; client++) check(`c${client}`, "card", 3);
	}
});
