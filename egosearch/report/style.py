"""How a report looks: one style sheet, light or dark as the reader's system is. Nothing is told by colour alone."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --card: #ffffff; --ink: #1d2026; --faint: #646a76; --line: #dfe1e6; --mark: #f2c14e;
  --audio: #1f77b4; --visual: #c2561a; --speech: #6b4fb8; --fused: #2b8a57;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1d2026; --ink: #e8eaf0; --faint: #9aa1ae; --line: #32363f; --mark: #d9a62e;
    --audio: #6cb3e8; --visual: #f08f57; --speech: #ab95ec; --fused: #62c490;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 1rem; font-size: 1.2rem; }
h3 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
a { color: inherit; }
.faint, footer { color: var(--faint); }
.moment { display: grid; grid-template-columns: minmax(14rem, 22rem) 1fr; gap: 1rem 1.5rem; margin: 1.5rem 0;
  padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.moment:target { outline: 3px solid var(--mark); }
.moment > .strips, .moment > .path { grid-column: 1 / -1; min-width: 0; }
.strips { overflow-x: auto; }
.strips svg { min-width: 40rem; }
.media video, .media img { display: block; width: 100%; max-height: 24rem; object-fit: contain; border-radius: .4rem;
  background: #000; }
.media audio { width: 100%; }
.media p { margin: .3rem 0 0; font-size: .85rem; }
.facts p { margin: .15rem 0; }
.facts ul { margin: .6rem 0 0; padding-left: 1.2rem; }
.path { margin: 0; font: .8rem/1.4 ui-monospace, monospace; color: var(--faint); overflow-wrap: anywhere; }
.confidence { width: 9rem; height: .7rem; vertical-align: middle; }
.recording { margin: 1.5rem 0; }
svg { display: block; width: 100%; height: auto; }
.confidence { display: inline-block; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
svg text { paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
svg .told { fill: var(--ink); }
svg .rank { fill: var(--ink); font-weight: 600; }
svg .base { stroke: var(--line); stroke-width: 1; }
svg .found { fill: var(--mark); fill-opacity: .28; }
svg .lag { stroke: var(--faint); stroke-width: 1.2; stroke-dasharray: 4 3; fill: none; }
svg .audio { fill: var(--audio); } svg .visual { fill: var(--visual); }
svg .speech { fill: var(--speech); } svg .fused { fill: var(--fused); }
svg .area { fill-opacity: .75; }
svg .track { fill: var(--line); } svg .bar { fill: var(--fused); }
footer { margin-top: 3rem; font-size: .85rem; }
@media (max-width: 42rem) { .moment { grid-template-columns: 1fr; } }
@media print { body { max-width: none; } .moment { break-inside: avoid; } }
"""
