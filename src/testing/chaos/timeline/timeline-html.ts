import type { TimelineData } from './timeline-data.ts';
import { timelineScript } from './timeline-script.ts';
import { timelineStyle } from './timeline-style.ts';

/** The run as one page that needs nothing from elsewhere. */
export function timelineHtml(data: TimelineData): string {
  const { title, summary, findings, faults } = data;
  // A script ends at the first `</script`, wherever that stands.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${timelineStyle}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<ul class="summary">${summary.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>
${findingsHtml(findings)}
<div class="controls">
<button id="zoom-in">zoom in</button>
<button id="zoom-out">zoom out</button>
<button id="earlier">&larr; earlier</button>
<button id="later">later &rarr;</button>
<button id="whole">whole run</button>
<span id="range"></span>
<span id="kinds"></span>
</div>
<canvas id="picture"></canvas>
<div id="hint" hidden></div>
<p class="legend">
<b class="leader">leads</b> <b class="answers">answers</b> <b class="silent">does not answer</b>
<b class="fault">fault</b> <b class="unfired">fault that did not show</b>
<b class="ok">ok</b> <b class="fail">failed</b> <b class="unknown">of unknown outcome</b>
Scroll over the picture to zoom, drag to move, point at something to read about it.
</p>
<h2>Faults</h2>
<table>
<thead><tr><th>from</th><th>to</th><th>kind</th><th>what</th><th>measured</th></tr></thead>
<tbody>
${faults.map(faultRow).join('\n')}
</tbody>
</table>
<script type="application/json" id="data">${json}</script>
<script>${timelineScript}</script>
</body>
</html>
`;
}

function findingsHtml(findings: TimelineData['findings']): string {
  if (findings.length === 0) return '<p class="good">No promise was broken.</p>';
  const items = findings.map(({ check, detail }) => `<li><b>${escaped(check)}</b> ${escaped(detail)}</li>`);
  return `<ul class="findings">${items.join('')}</ul>`;
}

function faultRow({ kind, startMs, endMs, what, measured }: TimelineData['faults'][number]): string {
  const cells = [seconds(startMs), seconds(endMs), kind, what, measured ?? 'did not show'];
  const style = measured === null ? ' class="unfired"' : '';
  return `<tr${style} data-start="${startMs}" data-end="${endMs}">${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
