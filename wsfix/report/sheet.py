"""The style of the HTML report: light and dark, from a phone of 320 pixels to paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5b6675;--line:#dde2e9;--faint:#eef1f5;
--good:#137a4b;--good-wash:#e4f5ec;--bad:#c02a2f;--bad-wash:#fdeaea;--warn:#8a5a00;--warn-wash:#fdf3dc;--link:#1f5fbf;
--mono:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#11151b;--card:#191f27;--ink:#e6eaf0;--soft:#9aa6b6;--line:#2c3541;
--faint:#222a34;--good:#5ad19a;--good-wash:#12301f;--bad:#ff8585;--bad-wash:#3a191b;--warn:#f0c15c;--warn-wash:#352a10;
--link:#8ab4ff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:60rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem;padding-bottom:.25rem;color:var(--soft);font-size:.875rem;display:flex;gap:.25rem 1rem;
flex-wrap:wrap;justify-content:space-between}
header b{color:var(--ink);letter-spacing:.02em}
footer{padding-top:.5rem;padding-bottom:2rem;color:var(--soft);font-size:.8125rem}
h1,h2,h3{line-height:1.25;margin:0}
h1{font-size:1.5rem}
h2{font-size:.8125rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);font-weight:600;margin:0 0 .75rem}
h3{font-size:1.125rem}
p{margin:.5rem 0 0}
code,pre,.mono{font-family:var(--mono);font-size:.875em}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin:1rem 0}
.top{border-top:.25rem solid var(--soft)}
.top.good{border-top-color:var(--good)}
.top.bad{border-top-color:var(--bad)}
.top.warn{border-top-color:var(--warn)}
.soft{color:var(--soft)}
.verdict{font-size:1.0625rem;font-weight:600;margin-top:.75rem}
.good .verdict,.ok{color:var(--good)}
.bad .verdict,.no{color:var(--bad)}
.warn .verdict,.hm{color:var(--warn)}
.path{list-style:none;margin:1.5rem 0 .25rem;padding:0;display:flex}
.path li{flex:1;position:relative;text-align:center;min-width:0;padding:0 .25rem}
.path li::before{content:"";position:absolute;top:.9375rem;right:50%;width:100%;height:2px;background:var(--line)}
.path li:first-child::before{display:none}
.path li.passed::before{background:var(--good)}
.path li.failed::before{background:repeating-linear-gradient(90deg,var(--bad) 0 5px,transparent 5px 10px)}
.path li.failed.known::before{background:var(--good)}
.dot{position:relative;z-index:1;display:inline-flex;width:2rem;height:2rem;border-radius:50%;align-items:center;
justify-content:center;font-weight:700;background:var(--card);border:2px solid var(--line);color:var(--soft)}
.passed .dot{border-color:var(--good);color:var(--good);background:var(--good-wash)}
.failed .dot{border-color:var(--bad);background:var(--bad);color:var(--card)}
.path b{display:block;margin-top:.25rem;font-size:.875rem;font-weight:600}
.path .failed b{color:var(--bad)}
.path small{display:block;color:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums}
.tag{display:inline-block;white-space:nowrap;border-radius:1rem;padding:.0625rem .625rem;font-size:.8125rem;font-weight:600;
background:var(--faint);color:var(--soft)}
.tag.error{background:var(--bad-wash);color:var(--bad)}
.tag.warning{background:var(--warn-wash);color:var(--warn)}
.tag.fine{background:var(--good-wash);color:var(--good)}
.finding+.finding{border-top:1px solid var(--line);margin-top:1.25rem;padding-top:1.25rem}
.finding h3{margin-top:.5rem}
dl{margin:.875rem 0 0;border-left:3px solid var(--line);padding-left:.875rem}
dt{color:var(--soft);font-size:.8125rem}
dd{margin:0 0 .625rem;font-family:var(--mono);font-size:.8125rem;white-space:pre-wrap}
dd:last-child{margin-bottom:0}
.do{margin-top:.875rem;padding:.625rem .875rem;border-radius:.5rem;background:var(--faint)}
.do b{display:block;font-size:.8125rem;color:var(--soft);font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th{text-align:left;font-weight:600;font-size:.8125rem;color:var(--soft);padding:0 .75rem .375rem 0}
td{border-top:1px solid var(--line);padding:.5rem .75rem .5rem 0;vertical-align:top}
td:last-child,th:last-child{padding-right:0}
td.num{color:var(--soft);font-variant-numeric:tabular-nums;width:1.5rem}
pre{margin:.75rem 0 0;padding:.75rem 0;border:1px solid var(--line);border-radius:.5rem;overflow-x:auto;
background:var(--paper);line-height:1.45;tab-size:4}
pre span{display:block;padding:0 .875rem;min-width:max-content;white-space:pre}
pre .add{background:var(--good-wash);color:var(--good)}
pre .del{background:var(--bad-wash);color:var(--bad)}
pre .hunk,pre .file{color:var(--soft)}
pre .file{font-weight:700}
ul{margin:.5rem 0 0;padding-left:1.25rem}
details{margin-top:.25rem}
summary{cursor:pointer;color:var(--soft)}
@media (max-width:40rem){
.card{padding:1rem}
h1{font-size:1.25rem}
.path{display:block;margin:1rem 0 0}
.path li{display:grid;grid-template-columns:2rem 1fr auto;gap:0 .75rem;align-items:center;text-align:left;padding:0 0 .75rem}
.path li::before{left:.9375rem;right:auto;top:auto;bottom:50%;width:2px;height:100%}
.path li.failed::before{background:repeating-linear-gradient(180deg,var(--bad) 0 5px,transparent 5px 10px)}
.path b{margin:0}
table,tbody,tr,td{display:block}
thead{display:none}
tr{border-top:1px solid var(--line);padding:.5rem 0}
tr:first-child{border-top:0}
td{border:0;padding:0;width:auto}
td.num{display:inline;width:auto}
td.num+td{display:inline;font-weight:600;margin-left:.25rem}
}
@media print{
:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f2f2f2;--good:#0b5d38;--bad:#a01218;--warn:#6b4600;
--good-wash:#eef8f2;--bad-wash:#fdf0f0;--warn-wash:#fdf6e6}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.card{break-inside:avoid-page;border-radius:0;padding:.75rem 0;border-width:1px 0 0;margin:.5rem 0}
.card.long{break-inside:auto}
pre{overflow:visible}
pre span{min-width:0;white-space:pre-wrap}
details>*{display:block}
}
"""
