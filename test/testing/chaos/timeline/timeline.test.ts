import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { ChaosReport } from '../../../../src/testing/chaos/run/chaos-report.ts';
import { countLocks } from '../../../../src/testing/chaos/run/lock-counts.ts';
import { downsample } from '../../../../src/testing/chaos/timeline/downsample.ts';
import { lockHolds } from '../../../../src/testing/chaos/timeline/lock-holds.ts';
import { timelineData } from '../../../../src/testing/chaos/timeline/timeline-data.ts';
import { timelineHtml } from '../../../../src/testing/chaos/timeline/timeline-html.ts';
import type { OperationEvent } from '../../../../src/testing/checkers/event-history.ts';

const ms = 1_000_000;

function put(startMs: number, tookMs: number, outcome: OperationEvent['outcome'] = 'ok'): OperationEvent {
  const call = { process: 'w1.1/a', op: 'put', key: 'k', value: 'v', start: startMs * ms } as const;
  if (outcome === 'unknown') return { ...call, outcome, end: null };
  return { ...call, outcome, end: (startMs + tookMs) * ms };
}

function lock(process: string, token: number, atMs: number): OperationEvent {
  return { process, op: 'lock', key: 'lock/1', token, outcome: 'ok', start: (atMs - 1) * ms, end: atMs * ms };
}

function unlock(process: string, token: number, atMs: number, result: boolean): OperationEvent {
  const call = { process, op: 'unlock', key: 'lock/1', token } as const;
  return { ...call, outcome: 'ok', result, start: (atMs - 1) * ms, end: atMs * ms };
}

const operations = [put(100, 3), put(500, 40, 'fail'), put(900, 0, 'unknown'), lock('w1.1/a', 7, 1_200)];

const report: ChaosReport = {
  seed: 42,
  nodes: 3,
  ranMs: 5_000,
  operations: { ok: 2, fail: 1, unknown: 1 },
  locks: countLocks([]),
  roundsPlanned: 2,
  rounds: [
    {
      throughput: 100,
      recoveredMs: 321,
      faults: [
        {
          kind: 'kill-leader',
          startMs: 1_000,
          endMs: 2_000,
          what: 'SIGKILL to n2',
          targets: ['n2'],
          measured: 'n2 ended </script><b>',
        },
        { kind: 'link-slow', startMs: 1_000, endMs: 2_000, what: 'slow', targets: [], measured: undefined },
      ],
    },
  ],
  leaders: [
    { atMs: 0, leader: 'n2', answering: ['n1', 'n2', 'n3'] },
    { atMs: 1_100, leader: undefined, answering: ['n1', 'n3'] },
  ],
  skipped: [{ what: 'wall-jump', why: 'libfaketime is not installed' }],
  verdict: 'violation',
  findings: [{ check: 'fencing', detail: 'token 3 after 4' }],
};

describe('the page', () => {
  const html = timelineHtml(timelineData(report, operations));

  test('says what was done, measured, skipped and found', () => {
    for (const text of ['seed 42', 'kill-leader', 'SIGKILL to n2', 'did not show', 'libfaketime is not installed']) {
      expect(html).toContain(text);
    }
    expect(html).toContain('<b>fencing</b> token 3 after 4');
    expect(html).toContain('recovery: median 321 ms');
  });

  test('needs nothing from elsewhere', () => {
    expect(html).not.toMatch(/https?:|\bsrc=|\bhref=|@import|url\(/);
  });

  test('carries its data, whatever stands in it', () => {
    expect(html.match(/<\/script/g)).toHaveLength(2);
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(timelineData(report, operations))));
  });

  test('draws all of it, and zooms', () => {
    const page = new FakePage(html);
    page.run();
    for (const text of ['n1', 'n2', 'n3', 'kill-leader', 'link-slow', 'lock/1', 'unknown']) {
      expect(page.texts).toContain(text);
    }
    expect(page.element('range').textContent).toBe('0.0 s to 5.0 s');
    const whole = page.rectangles;
    page.element('zoom-in').listeners['click']?.();
    expect(page.element('range').textContent).toBe('1.250 s to 3.750 s');
    expect(page.rectangles - whole).toBeLessThan(whole);
    page.element('whole').listeners['click']?.();
    expect(page.element('range').textContent).toBe('0.0 s to 5.0 s');
  });
});

describe('operations', () => {
  test('that look the same are counted together, and none is forgotten', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => put(index % 10, 2 + (index % 5) / 100));
    const points = downsample(many, ['put'], 10_000);
    expect(points.length).toBeLessThan(200);
    expect(points.reduce((sum, [, , , , count]) => sum + count, 0)).toBe(5_000);
    expect(Math.max(...points.map(([, latencyMs]) => latencyMs ?? 0))).toBe(2.04);
  });

  test('that failed, or of which nobody knows, are all kept', () => {
    const outcomes = ['fail', 'unknown'] as const;
    const many = Array.from({ length: 2_000 }, (_, index) => put(5, 1, outcomes[index % 2]));
    const points = downsample(many, ['put'], 10_000);
    expect(points).toHaveLength(2_000);
    expect(points.filter(([, latencyMs]) => latencyMs === null)).toHaveLength(1_000);
  });

  test('of half an hour fit on a page', () => {
    const minutes30 = 30 * 60_000;
    const many = Array.from({ length: 900_000 }, (_, index) => put(2 * index, 1 + (index % 97) ** 2 / 50));
    expect(downsample(many, ['put'], minutes30).length).toBeLessThan(100_000);
  });
});

test('a lock is held until it is unlocked, or until the next has it', () => {
  const held = lockHolds(
    [
      lock('w1.1/a', 1, 100),
      unlock('w1.1/a', 1, 150, true),
      lock('w2.1/a', 4, 200),
      lock('w3.1/a', 9, 700),
      unlock('w3.1/a', 9, 900, false),
      lock('w1.2/a', 12, 950),
    ],
    1_000,
  );
  expect(held).toEqual([
    {
      name: 'lock/1',
      holds: [
        { holder: 'w1.1/a', token: 1, startMs: 100, endMs: 150, endedBy: 'unlock' },
        { holder: 'w2.1/a', token: 4, startMs: 200, endMs: 700, endedBy: 'next' },
        { holder: 'w3.1/a', token: 9, startMs: 700, endMs: 900, endedBy: 'lost' },
        { holder: 'w1.2/a', token: 12, startMs: 950, endMs: 1_000, endedBy: 'end of run' },
      ],
    },
  ]);
});

/** As much of a browser as the page needs. */
class FakePage {
  readonly texts = new Set<string>();
  rectangles = 0;
  readonly #elements = new Map<string, FakeElement>();
  readonly #script: string;

  constructor(html: string) {
    this.#script = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    this.element('data').textContent =
      /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  }

  element(id: string): FakeElement {
    const element = this.#elements.get(id) ?? new FakeElement(this);
    this.#elements.set(id, element);
    return element;
  }

  run(): void {
    const document = {
      getElementById: (id: string) => this.element(id),
      createElement: () => new FakeElement(this),
      querySelectorAll: () => [],
    };
    const window = { addEventListener: () => undefined, devicePixelRatio: 1, innerWidth: 1_000 };
    runInNewContext(this.#script, { document, window });
  }
}

class FakeElement {
  textContent = '';
  readonly clientWidth = 1_000;
  readonly style = {};
  readonly listeners: Record<string, () => void> = {};
  readonly #page: FakePage;

  constructor(page: FakePage) {
    this.#page = page;
  }

  addEventListener(name: string, listener: () => void): void {
    this.listeners[name] = listener;
  }

  append(): void {}

  getContext(): object {
    return {
      fillText: (text: string) => this.#page.texts.add(text),
      fillRect: () => {
        this.#page.rectangles += 1;
      },
      setTransform: () => undefined,
      clearRect: () => undefined,
    };
  }
}
