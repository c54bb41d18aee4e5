/** How the form looks, in light and dark. */
export const styleSheet = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #596273; --paper: #fff; --line: #c5cbd6; --act: #0b57d0; --good: #11703a; --care: #8a5200; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #a9b1c0; --paper: #15181e; --line: #454d5c; --act: #8ab4f8; --good: #7bd59a; --care: #f0bd6a; --bad: #f2857d } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.6rem; margin: 0 0 .5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
a { color: var(--act) }
label { display: block; font-weight: 600; margin-top: 1rem }
input:not([type=checkbox]), select { display: block; width: 100%; font: inherit; color: inherit; background: transparent; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem }
select option { color: #1d2430; background: #fff }
.hint { margin: .25rem 0 0; color: var(--soft); font-size: .9rem }
details { margin-top: 1rem } summary { cursor: pointer }
details p label { font-weight: 400; margin: 0 }
button { font: inherit; font-weight: 600; padding: .5rem 1rem; border: 1px solid var(--act); border-radius: .3rem; color: var(--act); background: transparent; cursor: pointer }
button:disabled { opacity: .5; cursor: progress }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px }
ul { padding-left: 0; list-style: none } #changes { padding-left: 1.2rem; list-style: disc }
#results li { display: grid; grid-template-columns: 4.5rem 9rem 1fr; gap: .5rem; padding: .4rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
#results .ok { color: var(--good) } #results .note { color: var(--care) } #results .broken { color: var(--bad) }
#results b { font-weight: 600 }
@media (max-width: 32rem) { #results li { grid-template-columns: 1fr } }
#message { font-weight: 600 }
`
