/** Of the page with the timeline. */
export const timelineStyle = `
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.2rem; color: #1c2430; background: #fff; }
h1 { font-size: 1.25rem; margin: 0 0 .4rem; }
h2 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.summary { margin: 0; padding-left: 1.1rem; }
.good { color: #17693a; }
.findings { color: #a3161c; }
.controls { margin: .8rem 0 .4rem; }
.controls label { margin-left: .6rem; white-space: nowrap; }
#range { margin-left: .8rem; color: #566; }
#picture { width: 100%; display: block; border: 1px solid #d5dae1; cursor: crosshair; }
#hint { position: fixed; max-width: 34rem; padding: .3rem .5rem; background: #1c2430; color: #fff; border-radius: 4px;
  font-size: 12px; pointer-events: none; white-space: pre-line; z-index: 1; }
.legend b { padding: 0 .4rem; border-radius: 3px; font-weight: normal; color: #fff; }
.leader { background: #1f6f43; } .answers { background: #7fb894; } .silent { background: #a9b0ba; }
.fault { background: #c77700; } .unfired { background: #a3161c; }
.ok { background: #2b62b8; } .fail { background: #c77700; } .unknown { background: #c2185b; }
table { border-collapse: collapse; font-size: 13px; }
th, td { text-align: left; padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #e6e9ee; vertical-align: top; }
tbody tr { cursor: pointer; }
tr.unfired { background: #fbe3e4; }
`;
