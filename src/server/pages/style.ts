/** The stylesheet of every page: the policy of the pages allows none inside them. Light and dark, from 320 px on. */
export const STYLE = `
:root { color-scheme: light dark; --good: #16753a; --bad: #b3261e; --line: #8888; background: Canvas; color: CanvasText; font: 15px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --good: #6fd08c; --bad: #ff9d94; } }
body { margin: 0; }
main { max-width: 80rem; margin: 0 auto; padding: 1.5rem 1.25rem; overflow-wrap: anywhere; }
main.narrow { max-width: 42rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h1 small { font-size: 1rem; font-weight: normal; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
nav a, .counts a { margin-right: 1rem; }
a[aria-current] { font-weight: bold; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); padding: .4rem 0; }
.narrow li code, .narrow li span { display: block; }
dl { margin: 0; }
dt { font-weight: bold; } dd { margin: 0 0 .5rem; }
form.filter { align-items: end; display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0; }
form.filter label { display: block; }
input, select, button, textarea { font: inherit; max-width: 100%; }
button { cursor: pointer; padding: .1rem .6rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top; }
th { white-space: nowrap; }
td.target { min-width: 12rem; } td.reason { min-width: 14rem; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.up, .down, .unknown { white-space: nowrap; }
.up { color: var(--good); font-weight: bold; } .down { color: var(--bad); font-weight: bold; }
svg { display: block; } .was-up { fill: var(--good); } .was-down { fill: var(--bad); }
code, pre, textarea { font-family: ui-monospace, monospace; font-size: .95em; }
pre { overflow: auto; max-height: 30rem; }
summary { cursor: pointer; }
th[aria-sort=ascending]::after { content: ' ↑'; } th[aria-sort=descending]::after { content: ' ↓'; }
@media (max-width: 60rem) {
  table, thead, tbody, tr, td, th { display: block; }
  thead tr { display: flex; flex-wrap: wrap; }
  thead th { border: 0; padding: 0 .9rem 0 0; } thead th:not(:has(a)) { display: none; }
  tbody tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; padding: .1rem 0; } td.number { text-align: left; }
  td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) ': '; }
}
`;
