import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Connections over loopback, by the port that is dialled. */
export interface PacketRule {
  readonly ports: readonly number[];
  /** Of the packets to these ports, of those that come back from them, or of both. */
  readonly way: 'there' | 'back' | 'both';
  readonly lossPercent: number;
}

const tableName = `conclave_chaos_${process.pid}`;

/** Lets the kernel drop packets of loopback connections (nftables, as root). What is dropped is sent again by TCP, later and later. */
export class PacketFilter {
  readonly #program: string;
  readonly #onExit = (): void => {
    execFileSync(this.#program, ['delete', 'table', 'inet', tableName], { stdio: 'ignore' });
  };

  private constructor(program: string) {
    this.#program = program;
  }

  /** One at a time. `program`: nft. Rejects with what it says. */
  static async load(program: string, rules: readonly PacketRule[]): Promise<PacketFilter> {
    const filter = new PacketFilter(program);
    await feed(program, rulesText(rules));
    // A filter must not outlive whoever knows of it.
    process.once('exit', filter.#onExit);
    return filter;
  }

  /** Packets dropped so far. */
  async dropped(): Promise<number> {
    const { stdout } = await run(this.#program, ['list', 'table', 'inet', tableName]);
    return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  }

  async remove(): Promise<void> {
    await run(this.#program, ['delete', 'table', 'inet', tableName]);
    process.off('exit', this.#onExit);
  }
}

export function rulesText(rules: readonly PacketRule[]): string {
  const lines = rules.flatMap(({ ports, way, lossPercent }) => {
    const draw = lossPercent === 100 ? '' : `numgen random mod 100 < ${lossPercent} `;
    const ends = way === 'there' ? ['dport'] : way === 'back' ? ['sport'] : ['dport', 'sport'];
    return ends.map((end) => {
      const which = `iifname "lo" tcp ${end} { ${ports.join(', ')} }`;
      return `    ${which} ${draw}counter drop`;
    });
  });
  return [
    `table inet ${tableName} {`,
    '  chain packets {',
    '    type filter hook input priority 0; policy accept;',
    ...lines,
    '  }',
    '}',
    '',
  ].join('\n');
}

async function feed(program: string, text: string): Promise<void> {
  const child = spawn(program, ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  // A program that does not start, or ends early, is told of below.
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors.trim()}`);
}
