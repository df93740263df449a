import type { CommandContext } from './context.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/**
 * When a node has to stop. By itself: at INT, TERM or HUP. Under `conclave up`, of which Ctrl-C and a closed terminal tell the whole
 * group: at TERM, and when the channel to `up` closes, however that came about; INT, HUP and QUIT are for `up` alone.
 */
export class ServeEnd {
  readonly requested: Promise<undefined>;

  constructor(
    { signals, parent }: Pick<CommandContext, 'signals' | 'parent'>,
    options: { readonly supervised: boolean },
  ) {
    this.requested = new Promise((resolve) => {
      const request = (): void => resolve(undefined);
      if (!options.supervised) {
        for (const signal of stopSignals) signals.on(signal, request);
        return;
      }
      signals.on('SIGTERM', request);
      for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) signals.on(signal, () => undefined);
      if (parent.connected) parent.once('disconnect', request);
      else request();
    });
  }
}
