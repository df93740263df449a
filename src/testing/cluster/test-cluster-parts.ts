import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtEntry } from './built-entry.ts';
import { ClientLinks } from './client-links.ts';
import { freePorts } from './free-ports.ts';
import { InProcessNode } from './in-process-node.ts';
import { Mesh, meshPortCount } from './mesh.ts';
import { ProcessNode } from './process-node.ts';
import type { TestClusterOptions } from './test-cluster-options.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';

export interface TestClusterParts<Node> {
  readonly directory: string;
  readonly temporary: boolean;
  readonly nodes: readonly Node[];
  readonly mesh: Mesh | undefined;
  readonly clientLinks: ClientLinks;
  /** A node more, which waits to be made a member of the cluster of those. Not started. */
  readonly newcomer: (id: string, among: readonly TestNode[]) => Promise<Node>;
}

type NodePlan = Pick<TestNodeOptions, 'id' | 'initial' | 'join' | 'dial' | 'onUp' | 'onDown'>;

/** What a cluster is made of; nothing is started. */
export async function prepareCluster(options: TestClusterOptions): Promise<TestClusterParts<TestNode>> {
  const { nodes: size = 3, mode = 'inProcess', settings = {}, proxies = true, nodeArguments = [] } = options;
  if (![1, 3, 5].includes(size)) throw new RangeError(`a test cluster has 1, 3 or 5 nodes, not ${size}`);
  if (mode === 'processes' && !existsSync(builtEntry)) {
    throw new Error(`nodes in processes need ${builtEntry}: build it first (npm run build)`);
  }
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'conclave-cluster-')));
  await mkdir(directory, { recursive: true });
  const ports = await freePorts(2 * size + meshPortCount(size));
  const members = ports.slice(0, size).map((port, index) => ({ id: `n${index + 1}`, port }));
  const mesh = proxies ? new Mesh(members, ports.slice(2 * size)) : undefined;
  const clientLinks = new ClientLinks(members);
  const make = (plan: NodePlan, port: number, httpPort: number): TestNode => {
    const { id } = plan;
    const [dataDir, logFile] = [join(directory, id), join(directory, `${id}.log`)];
    const [address, httpAddress] = [`127.0.0.1:${port}`, `127.0.0.1:${httpPort}`];
    const node: TestNodeOptions = { ...plan, address, httpAddress, dataDir, logFile, settings };
    return mode === 'inProcess'
      ? new InProcessNode(node)
      : new ProcessNode({ ...node, entry: builtEntry, nodeArguments });
  };
  const initial = initialOf(members.map(({ id, port }) => ({ id, address: `127.0.0.1:${port}` })));
  const nodes = members.map(({ id, port }, index) => {
    const dial = size === 1 ? undefined : mesh?.dialOf(id);
    const onUp = async () => void (await Promise.all([mesh?.targetUp(id), clientLinks.targetUp(id)]));
    const onDown = async () => void (await Promise.all([mesh?.targetDown(id), clientLinks.targetDown(id)]));
    return make({ id, initial, join: false, dial, onUp, onDown }, port, ports[size + index] ?? 0);
  });
  const newcomer = async (id: string, among: readonly TestNode[]): Promise<TestNode> => {
    const [port = 0, httpPort = 0] = await freePorts(2);
    const nobody = () => Promise.resolve();
    const plan = { id, initial: initialOf([...among, { id, address: `127.0.0.1:${port}` }]), join: true };
    return make({ ...plan, dial: undefined, onUp: nobody, onDown: nobody }, port, httpPort);
  };
  return { directory, temporary: options.directory === undefined, nodes, mesh, clientLinks, newcomer };
}

function initialOf(members: readonly Pick<TestNode, 'id' | 'address'>[]): string {
  return members.map(({ id, address }) => `${id}=${address}`).join(',');
}
