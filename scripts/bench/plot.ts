import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { Measurement } from './load.ts';

export interface Curve {
  readonly name: string;
  readonly color: string;
  /** In the order of the number of clients. */
  readonly points: readonly Measurement[];
}

const width = 720;
const height = 440;
const margin = { top: 48, right: 32, bottom: 52, left: 72 };

/** Throughput against latency, both logarithmic, one point for each number of clients: right and down is better. */
export function throughputAgainstLatency(title: string, curves: readonly Curve[]): string {
  const points = curves.flatMap((curve) => curve.points);
  const x = scaleLog(extent(points.map((point) => point.ops_per_s)), [margin.left, width - margin.right]).nice();
  const y = scaleLog(extent(points.map((point) => point.p50_ms)), [height - margin.bottom, margin.top]).nice();
  const path = line<Measurement>(
    (point) => x(point.ops_per_s),
    (point) => y(point.p50_ms),
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${margin.left}" y="24" font-size="15">${title}</text>`,
    ...x.ticks(4).map((tick) => gridLine(x(tick), margin.top, x(tick), height - margin.bottom)),
    ...x.ticks(4).map((tick) => label(x(tick), height - margin.bottom + 18, 'middle', short(tick))),
    ...y.ticks(4).map((tick) => gridLine(margin.left, y(tick), width - margin.right, y(tick))),
    ...y.ticks(4).map((tick) => label(margin.left - 8, y(tick) + 4, 'end', short(tick))),
    label((width + margin.left) / 2, height - 12, 'middle', 'operations per second'),
    `<text transform="translate(18 ${height / 2}) rotate(-90)" text-anchor="middle">median latency, ms</text>`,
  ];
  for (const [index, { name, color, points: own }] of curves.entries()) {
    parts.push(`<path d="${path([...own]) ?? ''}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const point of own) {
      const [atX, atY] = [x(point.ops_per_s), y(point.p50_ms)];
      parts.push(`<circle cx="${atX.toFixed(1)}" cy="${atY.toFixed(1)}" r="3.5" fill="${color}"/>`);
      parts.push(label(atX + 7, atY - 6, 'start', String(point.clients)));
    }
    const legendX = width - margin.right - 110;
    parts.push(`<rect x="${legendX}" y="${14 + index * 16}" width="12" height="4" fill="${color}"/>`);
    parts.push(label(legendX + 18, 20 + index * 16, 'start', name));
  }
  return `${[...parts, '</svg>'].join('\n')}\n`;
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;
}

function label(x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}

function short(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(value);
}
