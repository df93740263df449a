import { isatty } from 'node:tty';
import type { CommandContext } from './context.ts';

/** The world of a real process. What is heavy is loaded when it is needed: `conclave --help` waits for no network library. */
export function processContext(entryPoint: string): CommandContext {
  return {
    get stdout() {
      return quiet(process.stdout);
    },
    get stderr() {
      return quiet(process.stderr);
    },
    stdinIsTerminal: isatty(0),
    environment: process.env,
    entryPoint,
    signals: process,
    parent: process,
    readStdin: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    connect: async (options) => {
      const { connect } = await import('../client/index.ts');
      return await connect(options);
    },
    settings: async (address, timeoutMs) => {
      const { requestSettings } = await import('../rpc/admin-client.ts');
      return await requestSettings(address, { timeoutMs });
    },
    changeSettings: async (address, changes, timeoutMs) => {
      const { requestSettingsChange } = await import('../rpc/admin-client.ts');
      return await requestSettingsChange(address, changes, { timeoutMs });
    },
    probe: async (endpoint, timeoutMs) => {
      const { probeNode } = await import('./node-probe.ts');
      return await probeNode(endpoint, timeoutMs);
    },
    changeMembers: async (endpoint, request, timeoutMs) => {
      const { requestMemberChange } = await import('../rpc/admin-client.ts');
      return await requestMemberChange(endpoint, request, { timeoutMs });
    },
    transferLeadership: async (endpoint, to, timeoutMs) => {
      const { requestTransfer } = await import('../rpc/admin-client.ts');
      return await requestTransfer(endpoint, to, { timeoutMs });
    },
    inspect: async (endpoint, call, request, timeoutMs) => {
      const { requestInspection } = await import('../rpc/inspection-client.ts');
      return await requestInspection(endpoint, call, request, { timeoutMs });
    },
    ask: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await new Promise((resolve, reject) => {
          // Ctrl-D, Ctrl-C: no answer is no yes.
          lines.once('close', () => resolve(''));
          lines.once('SIGINT', () => resolve(''));
          lines.question(question).then(resolve, reject);
        });
      } finally {
        lines.close();
      }
    },
  };
}

const silenced = new WeakSet<NodeJS.WriteStream>();

/** A stream that nobody reads any more fails the write in question; without a listener it would end the process. */
function quiet(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!silenced.has(stream)) {
    silenced.add(stream);
    stream.on('error', () => undefined);
  }
  return stream;
}
