/** The style of the status page: light and dark, from a phone to a wall. Nothing is loaded from anywhere. */

export const statusStyle = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --line: #e0e4ea; --text: #17202b;
	--quiet: #5a6675; --good: #1a7f4b; --warn: #9a5b00; --bad: #b3261e; --bar: #2f6fd0; --rail: #e6eaf0; }
@media (prefers-color-scheme: dark) { :root { --ground: #10151c; --card: #19202a; --line: #2b3542; --text: #e6ebf2;
	--quiet: #9aa7b7; --good: #58c98b; --warn: #e7ae54; --bad: #ff8a80; --bar: #6ea3f5; --rail: #2a3441; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--ground); color: var(--text);
	font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; margin-bottom: 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
.quiet { color: var(--quiet); }
.state { font-weight: 600; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem;
	margin-bottom: 1rem; }
.notes { border-left: .3rem solid var(--warn); }
.notes ul { margin: 0; padding-left: 1.2rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1rem;
	margin-bottom: 1rem; }
.tiles section { margin: 0; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line);
	vertical-align: top; }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.name { overflow-wrap: anywhere; min-width: 10rem; } .since { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; }
progress { appearance: none; display: block; width: 100%; max-width: 24rem; height: .5rem; border: 0;
	border-radius: .25rem; background: var(--rail); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--rail); }
progress::-webkit-progress-value { background: var(--bar); }
progress::-moz-progress-bar { background: var(--bar); }
footer { color: var(--quiet); } footer a { color: inherit; margin-right: .75rem; }
@media (max-width: 40rem) {
	body { padding: .75rem; font-size: 14px; } section { padding: .75rem; }
	.tiles { grid-template-columns: 1fr 1fr; gap: .75rem; } .tiles b { font-size: 1.25rem; }
	.name { min-width: 6rem; } .wide { display: none; }
}
`;
