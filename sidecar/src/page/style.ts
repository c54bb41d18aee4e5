/** The page's style sheet: system fonts, one accent colour, light and dark. */

export const styleSheet = `
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f6f7f9; --ink: #1c2430; --soft: #566170; --line: #dfe3e8; --accent: #0b63b0; --warn: #8a4b00; --warn-panel: #fff4e2; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181f; --panel: #1b212a; --ink: #e7ebf0; --soft: #a3adba; --line: #2f3844; --accent: #6cb2f5; --warn: #f5c378; --warn-panel: #2c2213; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
.wide { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { border-bottom: 1px solid var(--line); }
header .wide { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: baseline; padding-top: 1.1rem; padding-bottom: 1.1rem; }
h1 { font-size: 1.25rem; margin: 0; font-weight: 650; letter-spacing: -.01em; }
header .who { margin-left: auto; color: var(--soft); font-size: .9rem; }
main.wide { padding-top: 2rem; padding-bottom: 4rem; }
h2 { font-size: 1.4rem; margin: 0; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; font-weight: 600; }
p { margin: .4rem 0 .8rem; max-width: 44rem; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
.soft { color: var(--soft); font-size: .9rem; }
.next { font-size: 1.1rem; border-left: 4px solid var(--accent); padding-left: .9rem; margin: 1rem 0; }
section.project + section.project { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin: 1.2rem 0 0; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
dl div { padding: .7rem .9rem; box-shadow: 0 0 0 .5px var(--line); }
dt { font-size: .8rem; color: var(--soft); } dd { margin: 0; font-size: 1.1rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dd small { display: block; font-weight: 400; font-size: .8rem; color: var(--soft); }
progress { width: 100%; height: .7rem; accent-color: var(--accent); display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .88rem; padding-bottom: .4rem; }
th, td { text-align: right; padding: .4rem .7rem; border-bottom: 1px solid var(--line); font-weight: 400; }
th:first-child, td:nth-child(2), th:nth-child(2) { text-align: left; } th:first-child { padding-left: 0; }
td:nth-child(2) { overflow-wrap: anywhere; min-width: 7rem; }
thead th { color: var(--soft); font-size: .82rem; }
.problems { background: var(--warn-panel); border: 1px solid var(--warn); border-radius: 10px; padding: 1rem 1.2rem; margin-bottom: 2.2rem; }
.problems h2 { font-size: 1.05rem; color: var(--warn); }
.problems ul { margin: .5rem 0 0; padding-left: 1.1rem; } .problems li { margin: .4rem 0; overflow-wrap: anywhere; }
ol.steps { padding-left: 1.3rem; } ol.steps > li { margin: 1rem 0; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .84rem; line-height: 1.5; margin: .5rem 0; }
form { display: grid; gap: .7rem; max-width: 24rem; }
input, button { font: inherit; padding: .5rem .7rem; border-radius: 8px; border: 1px solid var(--soft); background: var(--paper); color: var(--ink); }
button { cursor: pointer; background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600; justify-self: start; }
header button { background: none; border: 0; color: var(--accent); padding: 0 0 0 .6rem; font-weight: 400; }
#said { min-height: 1.5em; color: var(--warn); }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; padding: 1rem 0 2rem; }
@media (max-width: 36rem) { header .who { margin-left: 0; } th, td { padding: .4rem .45rem; } }
`
