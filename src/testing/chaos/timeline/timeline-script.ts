/**
 * What draws the page, for the browser: rows of nodes, faults and lock holders, throughput, and a scatter of latencies, all over one
 * axis of time. It is text because the compiler of this project must not touch it; a test runs it.
 */
export const timelineScript = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const canvas = document.getElementById('picture');
const hint = document.getElementById('hint');
const pen = canvas.getContext('2d');
const outcomes = ['ok', 'fail', 'unknown'];
const colours = ['#2b62b8', '#c77700', '#c2185b'];
const left = 130, right = 16, rowHeight = 18, gap = 12, throughputHeight = 60, scatterHeight = 320, axisHeight = 22;
const hidden = new Set();
let from = 0, to = data.lengthMs, areas = [];

const width = () => canvas.clientWidth || 1000;
const x = (ms) => left + ((ms - from) / (to - from)) * (width() - left - right);
const timeAt = (px) => from + ((px - left) / (width() - left - right)) * (to - from);
const seconds = (ms) => (ms / 1000).toFixed(to - from < 5000 ? 3 : 1) + ' s';

function label(text, y) {
  pen.fillStyle = '#1c2430';
  pen.textAlign = 'right';
  pen.fillText(text, left - 8, y);
}

function bar(start, end, y, height, colour, text) {
  if (end < from || start > to) return;
  const one = Math.max(left, x(start)), other = Math.min(width() - right, x(end));
  pen.fillStyle = colour;
  pen.fillRect(one, y, Math.max(1, other - one), height);
  areas.push({ x: one - 1, y, width: Math.max(1, other - one) + 2, height, text });
}

function drawNodes(y) {
  for (const node of data.nodes) {
    label(node, y + rowHeight - 5);
    data.leaders.forEach((change, index) => {
      const end = index + 1 < data.leaders.length ? data.leaders[index + 1].atMs : data.lengthMs;
      const leads = change.leader === node, answers = change.answering.includes(node);
      const state = leads ? 'leads' : answers ? 'answers' : 'does not answer';
      const colour = leads ? '#1f6f43' : answers ? '#b5d6c1' : '#a9b0ba';
      bar(change.atMs, end, y, rowHeight - 3, colour, node + ' ' + state + '\\n' + seconds(change.atMs) + ' to ' + seconds(end));
    });
    y += rowHeight;
  }
  return y + gap;
}

function drawFaults(y, bottom) {
  const kinds = [...new Set(data.faults.map((fault) => fault.kind))];
  for (const fault of data.faults) {
    if (fault.endMs < from || fault.startMs > to) continue;
    pen.fillStyle = 'rgba(199, 119, 0, 0.07)';
    const one = Math.max(left, x(fault.startMs));
    pen.fillRect(one, y, Math.min(width() - right, x(fault.endMs)) - one, bottom - y);
  }
  for (const kind of kinds) {
    label(kind, y + 11);
    for (const fault of data.faults) {
      if (fault.kind !== kind) continue;
      const times = seconds(fault.startMs) + ' to ' + seconds(fault.endMs);
      const text = kind + ', ' + times + '\\n' + fault.what + '\\n' + (fault.measured || 'did not show');
      bar(fault.startMs, fault.endMs, y, 12, fault.measured === null ? '#a3161c' : '#c77700', text);
    }
    y += 14;
  }
  return y + gap;
}

function colourOf(holder) {
  let hash = 7;
  for (const letter of holder.split(/[./~]/)[0]) hash = (hash * 31 + letter.charCodeAt(0)) % 997;
  return 'hsl(' + ((hash * 137) % 360) + ' 50% 55%)';
}

function drawLocks(y) {
  for (const { name, holds } of data.locks) {
    label(name, y + rowHeight - 5);
    for (const hold of holds) {
      const times = seconds(hold.startMs) + ' to ' + seconds(hold.endMs);
      const text = name + ' held by ' + hold.holder + ' with token ' + hold.token + '\\n' + times + ', ended by: ' + hold.endedBy;
      bar(hold.startMs, hold.endMs, y, rowHeight - 3, colourOf(hold.holder), text);
    }
    y += rowHeight;
  }
  return y + gap;
}

function drawThroughput(y) {
  let most = 1;
  for (const count of data.throughput) most = Math.max(most, count);
  label('ok/s, up to ' + most, y + 12);
  data.throughput.forEach((count, second) => {
    const height = (count / most) * throughputHeight;
    const top = y + throughputHeight - height;
    bar(second * 1000, second * 1000 + 1000, top, height, '#9db7de', 'second ' + second + ': ' + count + ' ok');
  });
  return y + throughputHeight + gap;
}

const slowest = data.points.reduce((high, point) => Math.max(high, point[1] === null ? 0 : point[1]), 1);
const lowest = 0.1;
const latencyY = (ms, y) => {
  const share = Math.log(Math.max(ms, lowest) / lowest) / Math.log(slowest / lowest);
  return y + 16 + (1 - share) * (scatterHeight - 16);
};

function drawScatter(y) {
  pen.textAlign = 'right';
  for (let ms = lowest; ms <= slowest; ms *= 10) {
    const at = latencyY(ms, y);
    pen.fillStyle = '#e6e9ee';
    pen.fillRect(left, at, width() - left - right, 1);
    label(ms < 1 ? ms + ' ms' : ms < 1000 ? Math.round(ms) + ' ms' : Math.round(ms / 1000) + ' s', at + 4);
  }
  label('unknown', y + 9);
  for (const [atMs, latencyMs, kind, outcome, count] of data.points) {
    if (atMs < from || atMs > to || hidden.has(kind)) continue;
    const size = outcome === 0 ? Math.min(5, 1.5 + Math.log2(count) / 2) : 4;
    const px = x(atMs), py = latencyMs === null ? y + 5 : latencyY(latencyMs, y);
    pen.globalAlpha = outcome === 0 ? 0.5 : 0.9;
    pen.fillStyle = colours[outcome];
    pen.fillRect(px - size / 2, py - size / 2, size, size);
    pen.globalAlpha = 1;
    const many = count > 1 ? ', the slowest of ' + count : '';
    const took = latencyMs === null ? '' : ', ' + latencyMs + ' ms';
    const text = data.kinds[kind] + ' ' + outcomes[outcome] + took + many + '\\nat ' + seconds(atMs);
    areas.push({ x: px - 3, y: py - 3, width: 6, height: 6, text });
  }
  return y + scatterHeight + 6;
}

function drawAxis(y) {
  const steps = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600];
  const step = 1000 * (steps.find((candidate) => (to - from) / 1000 / candidate <= 14) || 1800);
  pen.textAlign = 'center';
  pen.fillStyle = '#566';
  for (let ms = Math.ceil(from / step) * step; ms <= to; ms += step) {
    pen.fillRect(x(ms), y, 1, 4);
    pen.fillText(+(ms / 1000).toFixed(2) + ' s', x(ms), y + 16);
  }
}

function draw() {
  const kinds = new Set(data.faults.map((fault) => fault.kind)).size;
  const rows = rowHeight * (data.nodes.length + data.locks.length) + 14 * kinds + 4 * gap;
  const height = 8 + rows + throughputHeight + scatterHeight + axisHeight;
  const scale = window.devicePixelRatio || 1;
  canvas.style.height = height + 'px';
  canvas.width = width() * scale;
  canvas.height = height * scale;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width(), height);
  pen.font = '11px system-ui, sans-serif';
  areas = [];
  const faultsAt = drawNodes(8);
  const locksAt = drawFaults(faultsAt, height - axisHeight);
  drawAxis(drawScatter(drawThroughput(drawLocks(locksAt))));
  document.getElementById('range').textContent = seconds(from) + ' to ' + seconds(to);
}

function show(start, end) {
  const length = Math.min(data.lengthMs, Math.max(20, end - start));
  from = Math.min(Math.max(0, start), data.lengthMs - length);
  to = from + length;
  draw();
}

function zoom(factor, around) {
  show(around - (around - from) * factor, around + (to - around) * factor);
}

const middle = () => (from + to) / 2;
const controls = {
  'zoom-in': () => zoom(0.5, middle()),
  'zoom-out': () => zoom(2, middle()),
  earlier: () => show(from - (to - from) / 2, to - (to - from) / 2),
  later: () => show(from + (to - from) / 2, to + (to - from) / 2),
  whole: () => show(0, data.lengthMs),
};
for (const [id, act] of Object.entries(controls)) document.getElementById(id).addEventListener('click', act);

data.kinds.forEach((kind, index) => {
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = true;
  box.addEventListener('change', () => {
    if (box.checked) hidden.delete(index);
    else hidden.add(index);
    draw();
  });
  const text = document.createElement('label');
  text.append(box, ' ' + kind);
  document.getElementById('kinds').append(text);
});

let dragged;
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoom(event.deltaY < 0 ? 0.8 : 1.25, timeAt(event.offsetX));
}, { passive: false });
canvas.addEventListener('mousedown', (event) => { dragged = { px: event.offsetX, from, to }; });
window.addEventListener('mouseup', () => { dragged = undefined; });
canvas.addEventListener('mousemove', (event) => {
  if (dragged) {
    const moved = ((dragged.px - event.offsetX) / (width() - left - right)) * (dragged.to - dragged.from);
    show(dragged.from + moved, dragged.to + moved);
    return;
  }
  const px = event.offsetX, py = event.offsetY;
  const found = areas.findLast((a) => px >= a.x && px <= a.x + a.width && py >= a.y && py <= a.y + a.height);
  hint.hidden = !found;
  if (!found) return;
  hint.textContent = found.text;
  hint.style.left = Math.min(event.clientX + 14, window.innerWidth - 360) + 'px';
  hint.style.top = event.clientY + 14 + 'px';
});
canvas.addEventListener('mouseleave', () => { hint.hidden = true; });
for (const row of document.querySelectorAll('tbody tr')) {
  row.addEventListener('click', () => {
    const start = Number(row.dataset.start), end = Number(row.dataset.end);
    show(start - 1000, end + 3000);
    canvas.scrollIntoView({ behavior: 'smooth' });
  });
}
window.addEventListener('resize', draw);
draw();
`;
