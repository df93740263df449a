import type { OutputStream } from '../output.ts';
import { formatSize } from '../size.ts';

const barCells = 24;
const redrawMs = 100;
const eraseLine = '\r\u001b[K';

/** How far something has come, on one line of a terminal that is drawn again and again, and erased in the end; elsewhere nothing. */
export class ProgressLine {
  readonly #stream: OutputStream;
  readonly #doing: string;
  readonly #startedMs: number;
  readonly #now: () => number;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(stream: OutputStream, doing: string, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#doing = doing;
    this.#now = now;
    this.#startedMs = now();
  }

  /** Of `expected` bytes, which may be an estimate; 0: not known. */
  update(bytes: number, expected: number): void {
    const nowMs = this.#now();
    if (this.#stream.isTTY !== true || nowMs - this.#drawnMs < redrawMs) return;
    this.#drawnMs = nowMs;
    const seconds = (nowMs - this.#startedMs) / 1_000;
    const rate = seconds > 0 ? `  ${formatSize(bytes / seconds)}/s` : '';
    const line = `${this.#doing}  ${bar(bytes, expected)}${formatSize(bytes)}${rate}`;
    this.#draw(`${eraseLine}${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#drawnMs === Number.NEGATIVE_INFINITY) return;
    this.#drawnMs = Number.NEGATIVE_INFINITY;
    this.#draw(eraseLine);
  }

  /** Nobody waits for it: where it cannot be written it is not missed. */
  #draw(text: string): void {
    this.#stream.write(text, () => undefined);
  }
}

/** What is estimated is not done before it is done. */
function bar(bytes: number, expected: number): string {
  if (expected <= 0) return '';
  const share = Math.min(0.99, bytes / expected);
  const filled = Math.round(share * barCells);
  return `[${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}] ${String(Math.floor(share * 100)).padStart(2)}%  `;
}
