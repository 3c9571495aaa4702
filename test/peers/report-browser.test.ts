/**
 * The page in a real browser: nothing is asked for, nothing of a stranger's runs, values by mouse and by keyboard, on a
 * phone, in the dark, on paper. Needs Chromium: Debian's, or the one that CHROMIUM names.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { format } from "../../src/report/html.ts";
import { attribution, wholeAnalysis } from "../report/sample.ts";
import { hostileNames } from "../support/hostile-names.ts";
import { poisoned } from "../support/poison.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = [process.env["CHROMIUM"] ?? "", ...places].find((file) => existsSync(file));
const style = { width: 80, unicode: true, color: false, top: undefined };
const wide = { viewport: { width: 1200, height: 900 } };
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };

/** What the page is asked: as text, because the DOM is no part of the program's types. */
const inPage = {
	outlineOfMap: "getComputedStyle(document.querySelector('.heat')).outlineStyle",
	clipboard: "navigator.clipboard.readText()",
	width: "document.documentElement.scrollWidth",
	smallestFont: `Math.min(...[...document.querySelectorAll("body *")]
		.filter((it) => it.checkVisibility() && it.textContent !== "" && it.children.length === 0)
		.map((it) => Number.parseFloat(getComputedStyle(it).fontSize)))`,
	colors: "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
	tags: "[...new Set([...document.querySelectorAll('*')].map((it) => it.tagName))].sort()",
};
/** Pixels; smaller is not read on a phone. */
const minFont = 11;

describe("the page in Chromium", {
	skip: executablePath === undefined ? "no chromium (apt-get install chromium)" : false,
}, () => {
	let browser: Browser;
	let folder: string;
	before(async () => {
		folder = mkdtempSync(path.join(tmpdir(), "chartcost-page-"));
		// Chromium refuses its sandbox to root, which is what containers run as.
		browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
	});
	after(async () => {
		await browser?.close();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Opens a page as a file; fails on any complaint, request or dialog. */
	async function looking(
		html: string,
		options: BrowserContextOptions,
		look: (page: Page) => Promise<void>,
	): Promise<void> {
		const file = path.join(folder, "report.html");
		writeFileSync(file, html);
		const context = await browser.newContext(options);
		const complaints: string[] = [];
		const page = await context.newPage();
		page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
		page.on("pageerror", (error) => complaints.push(error.message));
		page.on("dialog", (dialog) => {
			complaints.push(`dialog: ${dialog.message()}`);
			dialog.dismiss().catch(() => {});
		});
		page.on("request", (request) => {
			if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
		});
		try {
			await page.goto(pathToFileURL(file).href);
			await look(page);
			assert.deepEqual(complaints, []);
		} finally {
			await context.close();
		}
	}

	const story = () => format.analysis(wholeAnalysis(), style);

	test("values under the mouse, in the curves and in the map", () =>
		looking(story(), wide, async (page) => {
			const curves = page.locator('[data-kind="rate"]');
			await curves.scrollIntoViewIfNeeded();
			const box = (await curves.boundingBox())!;
			await page.mouse.move(box.x + (box.width * 50.5) / 72, box.y + 100);
			const tip = curves.locator(".tip");
			assert.equal(
				await tip.innerText(),
				"2026-10-14 02:00 UTC\nChartMuseum 0.13.1 aws-sdk-go/1.37.28\n27\nChartMuseum 0.16.1 aws-sdk-go/1.44.288\n10\nTotal\n37",
			);
			await page.mouse.move(5, 5);
			assert.equal(await tip.isVisible(), false);
			await page.locator(".heat").scrollIntoViewIfNeeded();
			const strip = (await page.locator(".strip").first().boundingBox())!;
			await page.mouse.move(strip.x + (strip.width * 50.5) / 72, strip.y + 5);
			assert.match(
				await page.locator(".heat .tip").innerText(),
				/^198\.51\.100\.7 \(unmapped\), 2026-10-14 02:00 UTC\nrequests an hour\n27\nmostly ChartMuseum 0\.13\.1/,
			);
		}));

	test("the same by keyboard alone, and Escape", () =>
		looking(story(), wide, async (page) => {
			const curves = page.locator('[data-kind="rate"]');
			for (
				let i = 0;
				i < 20 && !(await curves.evaluate((it) => it === it.ownerDocument.activeElement));
				i++
			) {
				await page.keyboard.press("Tab");
			}
			const first = async () => (await curves.locator(".tip b").innerText()).trim();
			assert.equal(await first(), "2026-10-14 23:00 UTC");
			for (const [key, time] of [
				["Home", "2026-10-12 00:00 UTC"],
				["ArrowLeft", "2026-10-12 00:00 UTC"],
				["ArrowRight", "2026-10-12 01:00 UTC"],
				["PageDown", "2026-10-13 01:00 UTC"],
				["End", "2026-10-14 23:00 UTC"],
			] as const) {
				await page.keyboard.press(key);
				assert.equal(await first(), time, key);
			}
			await page.keyboard.press("Escape");
			assert.equal(await curves.locator(".tip").isVisible(), false);
			await page.locator(".heat").focus();
			await page.keyboard.press("ArrowDown");
			assert.match(await page.locator(".heat .tip b").innerText(), /^192\.0\.2\.10 \(prod-eu\), /);
			assert.equal(await page.evaluate<string>(inPage.outlineOfMap), "solid", "focus is seen");
		}));

	test("commands are copied as they stand", async () => {
		await looking(story(), { ...wide, permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
			const button = page.locator("button.copy").first();
			await button.click();
			// The clipboard answers in its own time.
			await page.locator("button.copy", { hasText: "Copied" }).waitFor();
			assert.equal(
				await page.evaluate<string>(inPage.clipboard),
				wholeAnalysis().diagnosis.findings[0]?.next[0],
			);
		});
	});

	test("360 pixels: nothing sticks out, nothing is too small to read", async () => {
		for (const html of [
			story(),
			format.analysis(poisoned(wholeAnalysis(), "x".repeat(300)), style),
			format.attribution(attribution(), style),
		]) {
			await looking(html, phone, async (page) => {
				assert.equal(await page.evaluate<number>(inPage.width), 360);
				assert.ok((await page.evaluate<number>(inPage.smallestFont)) >= minFont);
			});
		}
	});

	test("dark where dark is wanted, light on paper", () =>
		looking(story(), { ...wide, colorScheme: "dark" }, async (page) => {
			const colors = async () =>
				(await page.evaluate<string[]>(inPage.colors)).map((text) =>
					Math.max(...(text.match(/\d+/g) ?? []).map(Number)),
				);
			const [ground = 255, ink = 0] = await colors();
			assert.ok(ground < 40 && ink > 200, `${ground}, ${ink}`);
			await page.emulateMedia({ media: "print" });
			assert.deepEqual(await colors(), [255, 0]);
			assert.equal(await page.locator("button.copy").first().isVisible(), false);
			assert.equal(await page.locator("article.finding").last().isVisible(), true);
			const evidence = await page.locator("details.evidence dl").first().boundingBox();
			assert.ok((evidence?.height ?? 0) > 20, "evidence is unfolded on paper");
			assert.ok((await page.pdf()).length > 10_000);
		}));

	test("without its script the page is whole", () =>
		looking(story(), { ...wide, javaScriptEnabled: false }, async (page) => {
			assert.equal(await page.locator("article.finding").count(), 4);
			assert.equal(await page.locator("button.copy").first().isVisible(), false);
			await page.locator(".chart summary").first().click();
			assert.equal(await page.locator("#rates").isVisible(), true);
		}));

	test("whatever a log says: no dialog, no new element, no request", async () => {
		const tags = (page: Page) => page.evaluate<string[]>(inPage.tags);
		let known: string[] = [];
		await looking(story(), wide, async (page) => {
			known = await tags(page);
		});
		for (const evil of hostileNames) {
			await looking(format.analysis(poisoned(wholeAnalysis(), evil), style), wide, async (page) => {
				assert.deepEqual(
					(await tags(page)).filter((tag) => !known.includes(tag)),
					[],
				);
				for (const plot of await page.locator(".plot").all()) {
					await plot.focus();
					await page.keyboard.press("Home");
				}
				assert.deepEqual(
					(await tags(page)).filter((tag) => !known.includes(tag)),
					[],
				);
			});
		}
	});

	test("served by a web server it asks for nothing more, not even an icon", async () => {
		const asked: string[] = [];
		const server = createServer((request, response) => {
			asked.push(request.url ?? "");
			response.setHeader("content-type", "text/html").end(story());
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		try {
			const context = await browser.newContext();
			const page = await context.newPage();
			await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/report.html`, {
				waitUntil: "networkidle",
			});
			await context.close();
			assert.deepEqual(asked, ["/report.html"]);
		} finally {
			server.close();
		}
	});
});
