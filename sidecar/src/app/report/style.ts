/** The report's style sheet: system fonts, one quiet colour per strategy (safe for colour-blind eyes), light and dark. */

export const styleSheet = `
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f6f7f9; --ink: #1c2430; --soft: #5a6472; --line: #dfe3e8;
  --suggestive: #0b63b0; --uncertainty: #c2510c; --random: #6b7280; --foreground: #0a7a5c; --level: #1c2430; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181f; --panel: #1b212a; --ink: #e7ebf0; --soft: #a3adba; --line: #2f3844;
  --suggestive: #6cb2f5; --uncertainty: #f0945a; --random: #a3adba; --foreground: #4ec9a4; --level: #e7ebf0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 .4rem; font-weight: 650; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 0 0 .6rem; font-weight: 650; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; font-weight: 600; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
.lead { font-size: 1.15rem; color: var(--ink); }
.soft, figcaption, caption { color: var(--soft); }
section { margin-top: 3.2rem; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); margin: 1.8rem 0 0; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
dl.facts div { padding: .7rem .9rem; box-shadow: 0 0 0 .5px var(--line); }
dl.facts dt { font-size: .78rem; color: var(--soft); }
dl.facts dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0 0; }
figcaption { font-size: .9rem; max-width: 46rem; margin-top: .3rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.6rem 2rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--suggestive); outline-offset: 3px; border-radius: 4px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .4rem 0; }
caption { text-align: left; font-size: .85rem; padding-bottom: .4rem; }
th, td { text-align: right; padding: .34rem .8rem; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
th:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-size: .8rem; vertical-align: bottom; }
tbody th { font-weight: 600; }
.range { color: var(--soft); font-size: .82em; }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--soft); font-size: .88rem; width: fit-content; }
details.strategy > summary { color: var(--ink); font-size: 1rem; font-weight: 600; margin-top: .8rem; }
ul.claims { list-style: none; padding: 0; margin: .6rem 0; }
ul.claims li { padding: .3rem 0 .3rem 1.4rem; position: relative; max-width: 50rem; }
ul.claims li::before { content: ""; position: absolute; left: 0; top: .85rem; width: .6rem; height: .6rem; border-radius: 50%; border: 2px solid var(--random); }
ul.claims li.shown::before { background: var(--suggestive); border-color: var(--suggestive); }
svg.chart { display: block; width: 100%; height: auto; }
svg.chart text { font-size: 12.5px; fill: var(--ink); font-family: inherit; }
svg.chart .tick, svg.chart .axis-label { fill: var(--soft); font-size: 12px; }
.middle { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); } .mark { stroke: var(--line); stroke-dasharray: 2 4; stroke-width: 1.5; }
.level { stroke: var(--level); stroke-width: 1.6; stroke-dasharray: 7 4; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.band { opacity: .13; } .dot { stroke: var(--paper); stroke-width: 1; }
.line.s-suggestive { stroke: var(--suggestive); } .band.s-suggestive, .dot.s-suggestive { fill: var(--suggestive); }
.line.s-uncertainty { stroke: var(--uncertainty); } .band.s-uncertainty, .dot.s-uncertainty { fill: var(--uncertainty); }
.line.s-random { stroke: var(--random); } .band.s-random, .dot.s-random { fill: var(--random); }
.line.s-random-foreground { stroke: var(--foreground); } .band.s-random-foreground, .dot.s-random-foreground { fill: var(--foreground); }
.line.s-variance { stroke: var(--suggestive); } .dot.s-variance { fill: var(--suggestive); }
.line.s-entropy { stroke: var(--uncertainty); } .dot.s-entropy { fill: var(--uncertainty); }
.sheet { position: absolute; width: 0; height: 0; overflow: hidden; }
ol.rounds { list-style: none; margin: .4rem 0 0; padding: 0; }
ol.rounds > li { display: grid; grid-template-columns: 8.5rem 1fr; gap: .8rem; padding: .6rem 0; border-top: 1px solid var(--line); }
ol.rounds .when { font-size: .85rem; color: var(--soft); line-height: 1.35; } ol.rounds .when b { color: var(--ink); font-weight: 600; display: block; }
ul.thumbs { list-style: none; display: flex; flex-wrap: wrap; gap: .45rem; margin: 0; padding: 0; }
ul.thumbs li { font-size: .68rem; line-height: 1.25; color: var(--soft); width: 58px; text-align: center; overflow-wrap: anywhere; }
svg.thumb { display: block; width: 58px; height: 58px; border-radius: 6px; border: 1px solid var(--line); margin-bottom: 2px; }
li.first svg.thumb { border: 2px solid var(--suggestive); } li.first { color: var(--ink); }
.alike { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem 2rem; margin-top: .8rem; }
.alike > div { display: flex; gap: .9rem; align-items: flex-start; } .alike .from { padding-right: .9rem; border-right: 1px solid var(--line); }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .85rem; color: var(--soft); }
footer code { overflow-wrap: anywhere; font-size: .95em; }
pre { background: var(--panel); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; font-size: .8rem; line-height: 1.45; }
@media (max-width: 40rem) { main { padding: 1.6rem 1rem 3rem; } ol.rounds > li { grid-template-columns: 1fr; gap: .3rem; } .pair { grid-template-columns: 1fr; } }
@media print { details { display: none; } section { break-inside: avoid; } }
`
