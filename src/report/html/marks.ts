/**
 * Changes and roll-outs on the pictures: a line through the curves and a number above them, the same number as in the
 * list below. In: the events in order of time. Out: SVG in pixels and per cent.
 */
import type { Bins } from "../../model/charts.ts";
import type { Markup } from "../../model/markup.ts";
import { type Event, timeOf } from "../events.ts";
import { html, name } from "./escape.ts";
import { percentOf } from "./scale.ts";

/** Numbers closer than this would lie on each other on a phone. */
const apartPercent = 7;
const maxLanes = 3;
const radius = 9;

export function eventMarks(
	events: readonly Event[],
	bins: Bins,
	laneHeight: number,
	plotHeight: number,
): { lanes: number; lines: Markup[]; badges: Markup[] } {
	const places = lanesOf(events.map(({ time }) => percentOf(secondsOf(time), bins)));
	const lanes = Math.max(0, ...places.map(({ lane }) => lane + 1));
	const foot = lanes * laneHeight + plotHeight;
	return {
		lanes,
		lines: events.map((event, index) => {
			const { x, lane } = places[index]!;
			const until = percentOf(secondsOf(event.until), bins);
			const band =
				until > x
					? html`<rect class="band" x="${x}%" width="${Number((until - x).toFixed(2))}%" y="${lanes * laneHeight}" height="${plotHeight}"/>`
					: undefined;
			return html`${band}<line class="mark ${event.direction}" x1="${x}%" x2="${x}%" y1="${lane * laneHeight + laneHeight / 2}" y2="${foot}"/>`;
		}),
		badges: events.map((event, index) => {
			const { x, lane } = places[index]!;
			const y = lane * laneHeight + laneHeight / 2;
			return html`<circle class="badge ${event.direction}" cx="${x}%" cy="${y}" r="${radius}"/><text class="number" x="${x}%" y="${y + 4}">${index + 1}</text>`;
		}),
	};
}

/** The first lane with room; when all are full, the one that was used longest ago. */
function lanesOf(positions: readonly number[]): { x: number; lane: number }[] {
	const ends: number[] = [];
	return positions.map((position) => {
		// Half a number is to be seen at the edges.
		const x = Math.min(98.5, Math.max(1.5, position));
		const free = ends.findIndex((end) => x - end >= apartPercent);
		const lane = free >= 0 ? free : ends.length < maxLanes ? ends.length : ends.indexOf(Math.min(...ends));
		ends[lane] = x;
		return { x, lane };
	});
}

function secondsOf(time: string): number {
	return Date.parse(time) / 1000;
}

/** The numbers in words: the same for those who do not see the picture. */
export function eventList(events: readonly Event[]): Markup {
	if (events.length === 0)
		return html`<p class="note">No lasting change of the request rate and no roll-out was found.</p>`;
	return html`<ol class="events">${events.map(
		(
			event,
			index,
		) => html`<li><span class="badge ${event.direction}">${index + 1}</span><div><time datetime="${event.time}">${timeOf(event)} UTC</time>
<b>${capital(event.what)}</b>${event.rates === "" ? undefined : html` <span class="soft">(${event.rates})</span>`}${event.costs === "" ? undefined : html`, <b>${event.costs}</b>`}<br><span class="soft">${name(event.who)}</span></div></li>`,
	)}</ol>`;
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
