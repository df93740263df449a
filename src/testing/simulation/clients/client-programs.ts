import type { RandomStream } from '../prng.ts';
import type { SimulatedClock } from '../world/clock.ts';
import type { ClientActor, StoredSession } from './client-actor.ts';
import type { ClientHost } from './client-parts.ts';
import type { ProgramPlace } from './program.ts';
import { ProtocolClient } from './protocol-client.ts';
import { SdkClient } from './sdk-client.ts';
import { type ScheduledCall, Workload } from './workload.ts';

/** `former`: the session of the program whose place it takes. */
export type ProgramFactory = (place: ProgramPlace, former: StoredSession | undefined) => ClientActor;

/** Some use the SDK; the others speak the protocol in their own way. */
function drawKind(stream: RandomStream, sdkRate: number): ProgramFactory {
  const Client = stream.chance(sdkRate) ? SdkClient : ProtocolClient;
  return (place, former) => new Client(place, former);
}

/** The programs that use the service, each with its place: when one ends, another one comes, and may go on with its session. */
export class ClientPrograms {
  readonly running: ClientActor[] = [];
  readonly #host: ClientHost;
  readonly #stream: RandomStream;
  readonly #clock: (stream: RandomStream) => SimulatedClock;
  readonly #create: ProgramFactory | undefined;
  /** By place. */
  readonly #workloads: Workload[] = [];
  #workloadOver = false;
  #count = 0;
  /** Whose sessions others have taken over, and who may not have heard of it. */
  readonly #former: ClientActor[] = [];

  constructor(
    host: ClientHost,
    stream: RandomStream,
    clock: (stream: RandomStream) => SimulatedClock,
    create?: ProgramFactory,
  ) {
    this.#host = host;
    this.#stream = stream;
    this.#clock = clock;
    this.#create = create;
    for (let place = 0; place < host.config.clients; place++) this.running.push(this.#begin(place, undefined));
  }

  call(call: ScheduledCall): void {
    if (!this.#workloadOver) this.#workloads[call.client]?.call(call);
  }

  stopWorkload(): void {
    this.#workloadOver = true;
  }

  /** `isOver`: no new program begins. */
  replaceSoon(stopped: ClientActor, isOver: () => boolean): void {
    const stream = this.#stream.fork(`after ${stopped.name}`);
    const delayUs = stream.exponential(500_000);
    const former = stream.chance(0.6) ? stopped.stored : undefined;
    this.#host.queue.after(delayUs, () => {
      const place = this.running.indexOf(stopped);
      if (place >= 0 && !isOver()) this.running[place] = this.#begin(place, former);
    });
  }

  /** Another program resumes the session of this one, which lives on for a while. */
  takeOver(client: ClientActor): void {
    const place = this.running.indexOf(client);
    if (place < 0 || client.sessionId === undefined || client.stored === undefined) return;
    this.#host.coverage.hit('session resumed from a program that lives');
    client.retiring = true;
    this.#former.push(client);
    this.running[place] = this.#begin(place, client.stored);
    const delayUs = this.#stream.fork(`end of ${client.name}`).between(200_000, 4_000_000);
    this.#host.queue.after(delayUs, () => client.stop(true));
  }

  /** In each place where none runs. */
  startMissing(): void {
    for (const [place, { phase }] of this.running.entries()) {
      if (phase === 'stopped') this.running[place] = this.#begin(place, undefined);
    }
  }

  stopFormer(): void {
    for (const client of this.#former) client.stop(true);
  }

  #begin(place: number, former: StoredSession | undefined): ClientActor {
    this.#count += 1;
    const name = `c${this.#count}`;
    const { config, history } = this.#host;
    const stream = this.#stream.fork(`client ${name}`);
    const create = this.#create ?? drawKind(stream, config.sdkRate);
    const party = config.nodes + config.spares + place;
    const client = create({ name, party, clock: this.#clock(stream), host: this.#host, stream }, former);
    this.#workloads[place] = new Workload(client, config, history.sessions);
    client.start();
    return client;
  }
}
