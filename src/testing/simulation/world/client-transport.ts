import { connectionLimits } from '../../../replica/connections.ts';
import type { ConnectionId } from '../../../replica/input.ts';
import type { ClientFrame, ServerFrame } from '../../../wire/frame.ts';
import type { Coverage } from '../coverage.ts';
import type { RandomStream } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';
import type { SimulatedNode } from './node.ts';
import type { Reachability } from './reachability.ts';

/** The client's side of its streams. */
export interface ClientEnd {
  /** Its place among the parties of the network. */
  readonly party: number;
  /** `taken` is to be called when the program has read the frame: until then it fills the pipe. */
  onFrame(connection: ClientConnection, frame: ServerFrame, taken: () => void): void;
  onClosed(connection: ClientConnection): void;
}

export interface ClientTransportHost {
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly reachability: Reachability;
  readonly delayUs: number;
  transcodeClientFrame(frame: ClientFrame): ClientFrame;
  transcodeServerFrame(frame: ServerFrame): ServerFrame;
}

export type Direction = 'toNode' | 'toClient';

/** One stream between a client and one boot of a node: in order in both directions, until it breaks. */
export class ClientConnection {
  readonly id: ConnectionId;
  readonly node: SimulatedNode;
  readonly boot: number;
  readonly client: ClientEnd;
  /** As each end sees it: one may learn late, or never. */
  openAtClient = true;
  openAtNode = false;
  lastArrivalUs = { toNode: 0, toClient: 0 };
  held: Record<Direction, (() => void)[]> = { toNode: [], toClient: [] };
  /** What was under way to the client when the node's process died, from the first byte that was stuck on. */
  restIsLost = false;
  /** Half open: one end is gone, and nothing passes any more. */
  silent = false;
  /** Nothing passes at the moment, though the stream is whole; faults overlap, so they are counted. */
  readonly stalls = { toNode: 0, toClient: 0 };
  /** Said by the node and not read by the client. */
  unreadBytes = 0;

  constructor(id: ConnectionId, node: SimulatedNode, client: ClientEnd) {
    this.id = id;
    this.node = node;
    this.boot = node.boots;
    this.client = client;
  }
}

export class ClientTransport {
  readonly #host: ClientTransportHost;
  readonly #stream: RandomStream;
  readonly #connections = new Map<ConnectionId, ClientConnection>();
  #lastId = 0;

  constructor(host: ClientTransportHost, stream: RandomStream) {
    this.#host = host;
    this.#stream = stream;
  }

  /** Undefined: refused or unreachable. */
  connect(client: ClientEnd, node: SimulatedNode): ClientConnection | undefined {
    const { reachability } = this.#host;
    if (node.phase !== 'running') return undefined;
    if (!reachability.open(client.party, node.index) || !reachability.open(node.index, client.party)) return undefined;
    this.#lastId += 1;
    const connection = new ClientConnection(this.#lastId, node, client);
    this.#connections.set(connection.id, connection);
    this.#travel(connection, 'toNode', () => {
      if (node.boots !== connection.boot || !node.alive) return;
      connection.openAtNode = true;
      node.give({ type: 'clientOpened', connection: connection.id });
    });
    return connection;
  }

  send(connection: ClientConnection, original: ClientFrame): void {
    const frame = this.#host.transcodeClientFrame(original);
    this.#travel(connection, 'toNode', () => {
      if (connection.openAtNode) connection.node.give({ type: 'clientFrame', connection: connection.id, frame });
    });
  }

  /** The client ends the stream; frames on the way to it are lost. */
  close(connection: ClientConnection): void {
    if (!connection.openAtClient) return;
    connection.openAtClient = false;
    this.#travel(connection, 'toNode', () => this.#closeAtNode(connection));
  }

  reply(connectionId: ConnectionId, original: ServerFrame, bytes: number): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined || !connection.openAtNode) return;
    const frame = this.#host.transcodeServerFrame(original);
    connection.unreadBytes += bytes;
    if (connection.unreadBytes > connectionLimits.watchBudgetBytes) this.#host.coverage.hit('client reads too slowly');
    const taken = (): void => {
      connection.unreadBytes -= bytes;
      if (connection.openAtNode) connection.node.give({ type: 'clientDrained', connection: connection.id, bytes });
    };
    this.#travel(connection, 'toClient', () => {
      if (connection.openAtClient && !connection.restIsLost) connection.client.onFrame(connection, frame, taken);
      else taken();
    });
  }

  /** The node ends the stream, after what it has said. */
  closeByNode(connectionId: ConnectionId): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) return;
    connection.openAtNode = false;
    this.#travel(connection, 'toClient', () => this.#closeAtClient(connection));
  }

  /** The process of the node is gone. */
  onNodeDown(node: SimulatedNode): void {
    for (const connection of [...this.#connections.values()]) {
      if (connection.node !== node) continue;
      connection.openAtNode = false;
      connection.restIsLost = connection.held.toClient.length > 0;
      connection.held = { toNode: [], toClient: [] };
      this.#travel(connection, 'toClient', () => this.#closeAtClient(connection));
    }
  }

  /** One end of the stream is gone; the other is not told, and goes on speaking to nobody. False if it is not whole. */
  halfOpen(connection: ClientConnection, gone: 'node' | 'client'): boolean {
    if (!connection.openAtClient || !connection.openAtNode) return false;
    connection.silent = true;
    connection.held = { toNode: [], toClient: [] };
    if (gone === 'node') this.#closeAtNode(connection);
    else this.#closeAtClient(connection);
    return true;
  }

  /** Whoever still believed in the stream learns that it is gone. */
  endHalfOpen(connection: ClientConnection): void {
    if (!connection.silent) return;
    this.#closeAtClient(connection);
    this.#closeAtNode(connection);
  }

  /** Nothing passes any more in this direction, as if the receiver did not read; `unstall` ends it. */
  stall(connection: ClientConnection, direction: Direction): void {
    connection.stalls[direction] += 1;
  }

  unstall(connection: ClientConnection, direction: Direction): void {
    connection.stalls[direction] -= 1;
    this.#flush(connection, direction);
  }

  /** No more stalls. Nodes forget those who are gone; a client whose node is gone is told by nobody: it has to notice. */
  calmDown(): void {
    for (const connection of [...this.#connections.values()]) {
      Object.assign(connection.stalls, { toNode: 0, toClient: 0 });
      this.#flush(connection, 'toNode');
      this.#flush(connection, 'toClient');
      if (!connection.openAtClient) this.endHalfOpen(connection);
    }
  }

  /** The stream breaks; both ends learn of it. */
  reset(connection: ClientConnection): void {
    if (!connection.openAtClient) return;
    this.#host.queue.after(this.#delayUs(), () => this.#closeAtClient(connection));
    this.#host.queue.after(this.#delayUs(), () => this.#closeAtNode(connection));
  }

  /** A way between two parties is open again. */
  onOpen(from: number, to: number): void {
    for (const connection of [...this.#connections.values()]) {
      const { party } = connection.client;
      const direction = from === party ? 'toNode' : 'toClient';
      const other = direction === 'toNode' ? to : from;
      if ((from !== party && to !== party) || other !== connection.node.index) continue;
      this.#flush(connection, direction);
    }
  }

  #flush(connection: ClientConnection, direction: Direction): void {
    const held = connection.held[direction];
    connection.held[direction] = [];
    for (const deliver of held) deliver();
  }

  #travel(connection: ClientConnection, direction: Direction, arrive: () => void): void {
    const { queue, reachability } = this.#host;
    const { party } = connection.client;
    const [from, to] = direction === 'toNode' ? [party, connection.node.index] : [connection.node.index, party];
    const at = Math.max(queue.nowUs + Math.ceil(this.#delayUs()), connection.lastArrivalUs[direction] + 1);
    connection.lastArrivalUs[direction] = at;
    const deliver = (): void => {
      if (connection.silent) return;
      const passes = reachability.open(from, to) && connection.stalls[direction] === 0;
      if (passes && connection.held[direction].length === 0) arrive();
      else connection.held[direction].push(deliver);
    };
    queue.at(at, deliver);
  }

  #closeAtClient(connection: ClientConnection): void {
    if (connection.openAtClient) {
      connection.openAtClient = false;
      connection.client.onClosed(connection);
    }
    this.#forget(connection);
  }

  #closeAtNode(connection: ClientConnection): void {
    if (connection.openAtNode) {
      connection.openAtNode = false;
      connection.node.give({ type: 'clientClosed', connection: connection.id });
    }
    this.#forget(connection);
  }

  #forget(connection: ClientConnection): void {
    if (!connection.openAtClient && !connection.openAtNode) this.#connections.delete(connection.id);
  }

  #delayUs(): number {
    return this.#host.delayUs + this.#stream.exponential(this.#host.delayUs);
  }
}
