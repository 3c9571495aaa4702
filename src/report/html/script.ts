/**
 * What the page does when somebody points at it: values under the pointer or the arrow keys, and copy buttons.
 * Plain JavaScript for any browser of the last years; it reads the page's tables and writes text, never HTML.
 * Constant text: the page's policy names its hash.
 */
export const script = `
"use strict";
(() => {
const all = (root, selector) => [...root.querySelectorAll(selector)];
const make = (tag, className, text) => {
	const element = document.createElement(tag);
	element.className = className;
	if (text !== undefined) element.textContent = text;
	return element;
};
const clamp = (value, most) => Math.max(0, Math.min(most, value));

for (const button of all(document, "button.copy")) {
	button.hidden = false;
	button.addEventListener("click", async () => {
		const code = button.previousElementSibling;
		try {
			await navigator.clipboard.writeText(code.textContent);
		} catch {
			const range = document.createRange();
			range.selectNodeContents(code);
			getSelection().removeAllRanges();
			getSelection().addRange(range);
			document.execCommand("copy");
		}
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = "Copy"; }, 2000);
	});
}

const names = all(document, ".legend li > span:last-child").map((span) => span.firstElementChild ? span.firstElementChild.textContent : span.textContent);
const cellTexts = (row) => all(row, "td").map((cell) => cell.textContent.trim());
const headTexts = (table) => all(table, "thead th").slice(1).map((head) => head.textContent.trim());

/* Rows of a tip: colour, name, value. */
function rateView(table) {
	const heads = headTexts(table);
	const rows = all(table, "tbody tr");
	return {
		rows: 1,
		columns: rows.length,
		tip(_, column) {
			const texts = cellTexts(rows[column]);
			const lines = texts.map((text, i) => ({ color: i < texts.length - 1 ? "c" + i : "", name: heads[i], text }));
			return { title: rows[column].querySelector("th").textContent.trim() + " UTC", lines: lines.filter(({ text }, i) => text !== "0" || i === texts.length - 1) };
		},
	};
}

function heatView(table) {
	const times = headTexts(table);
	const rows = all(table, "tbody tr");
	return {
		rows: rows.length,
		columns: times.length,
		tip(row, column) {
			const client = rows[row].dataset.c[column];
			const lines = [{ color: "", name: "requests an hour", text: cellTexts(rows[row])[column] }];
			if (client !== "-") lines.push({ color: "c" + client, name: "mostly " + names[client], text: "" });
			return { title: rows[row].querySelector("th").textContent.trim() + ", " + times[column] + " UTC", lines };
		},
	};
}

function explore(plot) {
	const isHeat = plot.dataset.kind === "heat";
	const view = (isHeat ? heatView : rateView)(document.getElementById(plot.dataset.values));
	if (view.columns === 0) return;
	const areas = isHeat ? all(plot, ".strip") : [plot];
	const tip = make("div", "tip");
	const cursor = make("div", "cursor");
	tip.setAttribute("role", "status");
	tip.hidden = cursor.hidden = true;
	plot.append(cursor, tip);
	plot.tabIndex = 0;
	plot.setAttribute("role", "application");
	plot.setAttribute("aria-roledescription", "chart");
	plot.setAttribute("aria-label", plot.dataset.label + ". Arrow keys show the values, Escape hides them.");
	const at = { row: 0, column: view.columns - 1 };
	const show = () => {
		fill(tip, view.tip(at.row, at.column));
		tip.hidden = cursor.hidden = false;
		place(plot, areas[at.row], (at.column + 0.5) / view.columns, tip, cursor);
	};
	const hide = () => { tip.hidden = cursor.hidden = true; };
	followPointer(plot, areas, view, at, show, hide);
	followKeys(plot, view, at, show, hide);
}

function fill(tip, { title, lines }) {
	tip.replaceChildren(make("b", "", title), ...lines.map(({ color, name, text }) => {
		const line = make("div", "");
		if (color !== "") line.append(make("span", "key " + color));
		line.append(make("span", "", name), make("span", "", text));
		return line;
	}));
}

/* Beside the cursor in the curves, below or above the row in the map; always within the plot. */
function place(plot, row, share, tip, cursor) {
	const around = plot.getBoundingClientRect();
	const area = row.getBoundingClientRect();
	const x = area.left - around.left + share * area.width;
	const top = area.top - around.top;
	const axis = row === plot ? 24 : 0;
	cursor.style.left = x + "px";
	cursor.style.top = top + "px";
	cursor.style.height = area.height - axis + "px";
	const left = x + 14 + tip.offsetWidth <= around.width ? x + 14 : x - 14 - tip.offsetWidth;
	tip.style.left = clamp(left, around.width - tip.offsetWidth) + "px";
	const below = area.bottom - around.top + 4;
	const fits = below + tip.offsetHeight <= around.height + 60;
	tip.style.top = (row === plot ? 0 : fits ? below : top - tip.offsetHeight - 4) + "px";
}

function followPointer(plot, areas, view, at, show, hide) {
	plot.addEventListener("pointermove", (event) => {
		const row = areas.findIndex((area) => {
			const { top, bottom, left, right } = area.getBoundingClientRect();
			return event.clientY >= top && event.clientY <= bottom && event.clientX >= left && event.clientX <= right;
		});
		if (row < 0) return hide();
		const { left, width } = areas[row].getBoundingClientRect();
		at.row = row;
		at.column = clamp(Math.floor(((event.clientX - left) / width) * view.columns), view.columns - 1);
		show();
	});
	plot.addEventListener("pointerleave", () => { if (document.activeElement !== plot) hide(); });
}

const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [0, -24], PageDown: [0, 24], Home: [0, -Infinity], End: [0, Infinity] };
function followKeys(plot, view, at, show, hide) {
	plot.addEventListener("focus", () => { if (plot.matches(":focus-visible")) show(); });
	plot.addEventListener("blur", hide);
	plot.addEventListener("keydown", (event) => {
		if (event.key === "Escape") return hide();
		const step = steps[event.key];
		if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
		event.preventDefault();
		at.row = clamp(at.row + step[0], view.rows - 1);
		at.column = clamp(at.column + step[1], view.columns - 1);
		show();
	});
}
for (const plot of all(document, "[data-values]")) explore(plot);
})();
`;
