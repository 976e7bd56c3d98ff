/** What the playground adds to the stylesheet of every page. */
export const PLAYGROUND_STYLE = `
:root { --warn: #8a5a00; --edge: #767676; --mark-bad: #b3261e33; --mark-warn: #d9920033; }
@media (prefers-color-scheme: dark) { :root { --warn: #f0b95a; --edge: #8c8c8c; --mark-bad: #ff9d944d; --mark-warn: #f0b95a40; } }
main { max-width: 100rem; }
[hidden] { display: none !important; }
.inputs { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
.inputs section { display: flex; flex-direction: column; min-width: 0; }
.inputs h2 { margin: 1rem 0 .25rem; }
.tools { align-items: center; display: flex; flex-wrap: wrap; gap: .5rem .75rem; margin: .5rem 0; }
.tools input { width: 14rem; } .tools input.name { width: 7rem; } .tools select { max-width: 12rem; }
.hint, .help { font-size: .9em; margin: .35rem 0 0; }
.help { min-height: 1.5em; } .help code { font-weight: bold; }
.editor { border: 1px solid var(--edge); display: flex; font: 14px/20px ui-monospace, monospace; position: relative; }
.editor:focus-within { border-color: CanvasText; outline: 2px solid Highlight; outline-offset: 1px; }
.editor textarea { background: transparent; border: 0; box-sizing: border-box; color: inherit; font: 14px/20px ui-monospace, monospace; height: 22rem; margin: 0; outline: 0; overflow: auto; padding: 4px 6px; position: relative; resize: vertical; display: block; tab-size: 2; white-space: pre; width: 100%; }
.gutter { border-right: 1px solid var(--line); flex: none; overflow: hidden; position: relative; text-align: right; user-select: none; width: 3.2rem; }
.gutter pre { font: inherit; margin: 0; max-height: none; overflow: visible; padding: 4px 6px 4px 0; white-space: pre; }
.pane { flex: 1; min-width: 0; overflow: hidden; position: relative; }
.marks { inset: 0; overflow: hidden; pointer-events: none; position: absolute; }
.moved { position: relative; } .gutter .moved { left: 0; position: absolute; right: 0; top: 0; }
.signs { left: 0; position: absolute; right: 0; top: 0; }
.marks .moved div, .signs div { height: 20px; left: 0; position: absolute; right: 0; }
.marks .error { background: var(--mark-bad); } .marks .warning { background: var(--mark-warn); }
.signs div { font-weight: bold; padding-left: 4px; text-align: left; }
.gutter .error { color: var(--bad); } .gutter .warning { color: var(--warn); }
.suggestions { background: Canvas; border: 1px solid var(--edge); box-shadow: 0 2px 8px #0005; color: CanvasText; font: 14px/20px ui-monospace, monospace; margin: 0; max-height: 202px; max-width: min(26rem, 80vw); overflow: auto; padding: 0; position: absolute; z-index: 1; }
.suggestions li { border: 0; cursor: pointer; padding: 0 8px; white-space: nowrap; }
.suggestions li[aria-selected=true] { background: Highlight; color: HighlightText; }
.unknown { color: var(--warn); font-weight: bold; }
.outcome { font-size: 1.05em; }
#results.stale { opacity: .6; }
#summary { clip-path: inset(50%); height: 1px; margin: 0; overflow: hidden; position: absolute; white-space: nowrap; width: 1px; }
#link-text { width: min(40rem, 100%); }
@media (max-width: 60rem) { .inputs { grid-template-columns: minmax(0, 1fr); } .editor textarea { height: 16rem; } }
`;
