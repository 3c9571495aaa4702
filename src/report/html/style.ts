/**
 * How the page looks: light, dark, on a phone, printed. Every colour of text has a contrast of 4.5 to its ground,
 * every colour of a picture 3. Constant text: the page's policy names its hash.
 */
export const style = `
:root{--bg:#f4f6f8;--card:#fff;--ink:#16202c;--soft:#566270;--line:#dde2e8;--accent:#1d5fc2;--high:#b3261e;--high-bg:#fdeceb;--warn:#8a5200;--warn-bg:#fff1d9;--info:#1d5fc2;--info-bg:#e8f0fc;--good:#187a43;--track:#eef1f4;--c0:#2f6fd0;--c1:#d2620a;--c2:#2b8a4b;--c3:#8a4fc7;--c4:#c23b69;--c5:#0c8791;--c6:#8a6b2f;--c7:#6b7a10;--c8:#7d8896;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--bg:#0e1319;--card:#161d26;--ink:#e7ecf2;--soft:#a3afbd;--line:#2b3542;--accent:#7cb0ff;--high:#ff9d94;--high-bg:#3b1a1a;--warn:#f5bd63;--warn-bg:#38290e;--info:#7cb0ff;--info-bg:#152a47;--good:#67d093;--track:#1f2833;--c0:#5b9cf5;--c1:#f08c3a;--c2:#4fc07a;--c3:#b48cf0;--c4:#f0709b;--c5:#38c2cd;--c6:#cfa85a;--c7:#b3c043;--c8:#8d99a8}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
.top,main,footer{max-width:1120px;margin:0 auto;padding:0 24px}
.top{padding-top:28px}
.top p{margin:0;color:var(--soft)}
.brand{font-weight:700;letter-spacing:.02em;color:var(--accent)!important}
h1{margin:2px 0;font-size:1.75rem;line-height:1.2;letter-spacing:-.01em}
h2{margin:36px 0 14px;font-size:1.3rem;line-height:1.25;letter-spacing:-.01em}
h3{margin:0;font-size:1.06rem;line-height:1.35}
h4{margin:16px 0 6px;font-size:.9rem}
p{margin:0 0 10px}
small{font-size:.85em}
.soft,.note{color:var(--soft)}
.note{font-size:.88rem;margin:8px 0 0}
.warned{color:var(--warn)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 18px}
.card>h2{margin:0 0 12px}
.money{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:16px;margin:22px 0 20px}
.money .card{margin:0}
.money p{margin:0;color:var(--soft)}
.money .big{font-size:2.35rem;font-weight:700;line-height:1.15;letter-spacing:-.02em;color:var(--ink);font-variant-numeric:tabular-nums}
.money .saves .big{color:var(--good)}
.verdict{font-size:1.2rem;line-height:1.5;margin:0 0 8px;max-width:62em}
.finding{border-left:5px solid var(--info)}
.finding.high{border-left-color:var(--high)}
.finding.warn{border-left-color:var(--warn)}
.finding header{display:flex;flex-wrap:wrap;gap:4px 20px;justify-content:space-between;align-items:baseline;margin-bottom:6px}
.head{display:flex;gap:10px;align-items:baseline;flex:1 1 300px}
.severity,.tag{font-size:.74rem;font-weight:700;letter-spacing:.04em;text-transform:uppercase;border-radius:5px;padding:1px 7px;background:var(--info-bg);color:var(--info);white-space:nowrap}
.high .severity,.tag{background:var(--high-bg);color:var(--high)}
.warn .severity{background:var(--warn-bg);color:var(--warn)}
.sums{display:flex;flex-wrap:wrap;gap:0 16px;margin:0;color:var(--soft)}
.sums b{color:var(--ink);font-size:1.1rem}
.sums .saves,.sums .saves b{color:var(--good)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding-bottom:4px}
th{text-align:left;font-weight:400;vertical-align:top}
thead th{color:var(--soft);font-size:.85rem;vertical-align:bottom}
th,td{padding:5px 10px 5px 0}
th:last-child,td:last-child{padding-right:0}
h4 .soft,summary .soft{font-weight:400;margin-left:6px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:10px 20px;margin:8px 0 0;font-size:.94rem}
.facts .long{grid-column:1/-1}
.facts .middle{grid-column:span 2}
dt{color:var(--soft);font-size:.82rem}
dd{margin:0}
.inner{width:auto;min-width:50%;overflow-wrap:break-word}
.inner td{padding:2px 14px 2px 0}
.inner th{padding:0 14px 0 0}
ol.more{padding-left:3.4em}
.more .sums{font-size:.9rem}
.next{margin:0;padding-left:1.3em}
.next li{margin:0 0 6px}
.command{list-style-position:outside}
code{display:inline-block;max-width:100%;font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--track);border-radius:6px;padding:3px 8px;vertical-align:middle;white-space:pre-wrap}
.verdict code,p>code{padding:1px 6px}
.copy{font:inherit;font-size:.82rem;margin-left:8px;padding:2px 10px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--accent);cursor:pointer;vertical-align:middle}
.copy:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.chart{margin:0}
figcaption{color:var(--soft);font-size:.9rem;margin-bottom:8px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 10px;padding:0;font-size:.9rem}
.legend li{display:flex;gap:7px;align-items:baseline}
.key{flex:none;width:11px;height:11px;border-radius:3px;display:inline-block}
.key.c0{background:var(--c0)}.key.c1{background:var(--c1)}.key.c2{background:var(--c2)}.key.c3{background:var(--c3)}.key.c4{background:var(--c4)}.key.c5{background:var(--c5)}.key.c6{background:var(--c6)}.key.c7{background:var(--c7)}.key.c8{background:var(--c8)}
path.c0{fill:var(--c0)}path.c1{fill:var(--c1)}path.c2{fill:var(--c2)}path.c3{fill:var(--c3)}path.c4{fill:var(--c4)}path.c5{fill:var(--c5)}path.c6{fill:var(--c6)}path.c7{fill:var(--c7)}path.c8{fill:var(--c8)}
.l1{fill-opacity:.38}.l2{fill-opacity:.58}.l3{fill-opacity:.79}
.plot{position:relative;touch-action:pan-y}
.frame,.axis svg{display:block;overflow:visible}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
.hatch{fill:var(--card);fill-opacity:.6}
.partial{fill:url(#hatch)}
.mark{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3;vector-effect:non-scaling-stroke;fill:none}
.band{fill:var(--ink);fill-opacity:.12}
circle.badge{fill:var(--ink)}
.number{fill:var(--card);font-size:11px;font-weight:700;text-anchor:middle}
.events{list-style:none;margin:14px 0 0;padding:0;font-size:.94rem}
.events li{display:flex;gap:10px;margin:0 0 8px}
span.badge{flex:none;width:20px;height:20px;margin-top:2px;border-radius:50%;background:var(--ink);color:var(--card);font-size:.72rem;font-weight:700;text-align:center;line-height:20px}
.events time{color:var(--soft);font-variant-numeric:tabular-nums;margin-right:6px}
.source{display:grid;grid-template-columns:minmax(0,300px) minmax(0,1fr);gap:2px 14px;align-items:center;padding:3px 8px;border-radius:8px;border-left:4px solid transparent}
.source.flagged{background:var(--high-bg);border-left-color:var(--high)}
.who{font-size:.9rem;line-height:1.3}
.who b{font-weight:600}
.strip{display:block;background:var(--track);border-radius:3px}
.flagged .strip{background:var(--card)}
.axis{padding-top:0}
.cursor{position:absolute;width:0;border-left:2px solid var(--ink);pointer-events:none}
.tip{position:absolute;z-index:2;top:0;width:max-content;max-width:min(420px,92%);background:var(--ink);color:var(--card);border-radius:8px;padding:8px 11px;font-size:.84rem;line-height:1.4;pointer-events:none;box-shadow:0 4px 16px rgba(0,0,0,.25)}
.tip div{display:flex;gap:7px;align-items:baseline}
.tip span:last-child{margin-left:auto;padding-left:12px;font-variant-numeric:tabular-nums;white-space:nowrap}
.tip .key{outline:1px solid var(--card)}
[hidden]{display:none!important}
details{margin-top:12px;font-size:.9rem}
summary{cursor:pointer;color:var(--accent);width:fit-content}
.scroll{overflow:auto;max-height:420px;max-width:100%}
.values{width:auto;font-size:.82rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
.values th{white-space:nowrap;padding-right:14px}
.values thead th{position:sticky;top:0;background:var(--card);white-space:normal;min-width:5.5em;vertical-align:bottom}
.values td{text-align:right;padding:1px 14px 1px 0}
.costs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:18px}
.costs{align-items:start}
.costs .card{margin:0}
.costs .sent{display:none}
.bars{margin-top:8px}
.bars td,.bars thead th+th,.bill td,.bill thead th+th{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}
.bars th small{color:var(--soft)}
.bars tbody th{min-width:8em}
.bar{display:block;margin-top:3px;background:var(--track);border-radius:3px}
.bar rect{fill:var(--c0)}
.bill{margin-top:4px}
.bill tbody tr,.bill tfoot tr{border-top:1px solid var(--line)}
.bill tfoot th,.bill tfoot td{font-weight:700}
main>.card{margin-top:18px}
.notes{margin:6px 0 0;padding-left:1.2em;color:var(--soft);font-size:.92rem}
footer{padding-top:6px;padding-bottom:32px;color:var(--soft);font-size:.88rem}
@media (max-width:640px){
.top,main,footer{padding-left:14px;padding-right:14px}
.card{padding:16px 15px}
h1{font-size:1.4rem}
.money{grid-template-columns:1fr;gap:10px}
.money .big{font-size:1.9rem}
.verdict{font-size:1.06rem}
.wide,.tick.odd{display:none}
.source{grid-template-columns:minmax(0,1fr);padding:6px 8px}
.facts{grid-template-columns:repeat(2,minmax(0,1fr))}
}
@media (prefers-reduced-motion:no-preference){.copy{transition:border-color .15s}}
@media print{
:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--accent:#1d5fc2;--high:#b3261e;--high-bg:#fdeceb;--warn:#8a5200;--warn-bg:#fff1d9;--info:#1d5fc2;--info-bg:#e8f0fc;--good:#187a43;--track:#eef1f4;--c0:#2f6fd0;--c1:#d2620a;--c2:#2b8a4b;--c3:#8a4fc7;--c4:#c23b69;--c5:#0c8791;--c6:#8a6b2f;--c7:#6b7a10;--c8:#7d8896;color-scheme:light}
@page{margin:14mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:10.5pt}
.top,main,footer{max-width:none;padding-left:0;padding-right:0}
.finding,.chart,.cost,.bill,.money,.events li,.source{break-inside:avoid}
h2,h3{break-after:avoid}
details:not(.evidence),.copy,.tip,.cursor{display:none!important}
details::details-content{content-visibility:visible;block-size:auto}
.scroll{overflow:visible;max-height:none}
.costs{grid-template-columns:1fr 1fr}
.costs .wide{display:none}
}
`;
