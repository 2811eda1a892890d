/** Colours in both modes keep a contrast of 4.5 to 1; a state is also told by its mark and its word. */
export const style = `
:root{--ink:#1c2430;--dim:#4d5866;--page:#fff;--panel:#f4f6f8;--line:#c3cad3;--pass:#14663b;--warn:#7a4b00;--fail:#a3161a;--skip:#4d5866}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf2;--dim:#a9b4c2;--page:#12161c;--panel:#1c222b;--line:#3b4553;--pass:#6fd39b;--warn:#f0b95c;--fail:#ff9a94;--skip:#a9b4c2}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",sans-serif}
header,main{max-width:72rem;margin:0 auto;padding:1rem 1.25rem}header{padding-bottom:0}main{padding-top:0}
h1{font-size:1.75rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .75rem}section:first-child h2{margin-top:1rem}h3{font-size:1rem;margin:1rem 0 .5rem}
.word{border-bottom:.2em solid}
.verdict.pass .word{color:var(--pass)}.verdict.warn .word{color:var(--warn)}.verdict.fail .word{color:var(--fail)}
.small{color:var(--dim);font-size:.875rem}
code,pre{font-family:ui-monospace,Consolas,monospace;font-size:.9em}
pre{background:var(--panel);border:1px solid var(--line);padding:.5rem .75rem;white-space:pre-wrap;overflow-wrap:anywhere}
.badge{display:inline-block;border:1px solid currentColor;border-radius:.25rem;padding:0 .4rem;font-size:.875rem}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail,.unknown,.crash{color:var(--fail)}.skip,.suppressed{color:var(--skip)}
header.verdict,article.finding{color:var(--ink)}
.finding{background:var(--panel);border:1px solid var(--line);border-left:.3rem solid;padding:.25rem 1rem;margin:0 0 1rem;overflow-wrap:anywhere}
.finding.warn{border-left-color:var(--warn)}.finding.fail,.finding.unknown,.finding.crash{border-left-color:var(--fail)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0;font-size:.875rem}dt{color:var(--dim)}dd{margin:0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
td,th{overflow-wrap:anywhere}.matrix th,.matrix td{overflow-wrap:normal}
.matrix td{text-align:center;font-weight:700}.matrix th[scope=row]{font-weight:400}
.wide{overflow-x:auto}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
td,th{position:relative}
.picture .row{display:flex;flex-wrap:wrap;justify-content:center;gap:1rem}
.picture .line{width:2px;height:1.25rem;margin:0 auto;background:var(--line)}
.box{display:flex;flex-direction:column;min-width:12rem;max-width:22rem;background:var(--panel);border:2px solid;border-radius:.4rem;padding:.5rem .75rem;overflow-wrap:anywhere}
.box span{color:var(--ink)}.box span.small{color:inherit}
.box.skip{border-style:dashed}
@media print{:root{--ink:#000;--dim:#333;--page:#fff;--panel:#fff;--line:#777;--pass:#14663b;--warn:#7a4b00;--fail:#a3161a;--skip:#333}
body{font-size:11pt}.wide{overflow:visible}.finding,.box,tr{break-inside:avoid}}
`;
