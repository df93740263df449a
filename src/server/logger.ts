import { type Logger, pino } from 'pino';
import type { ServerConfig } from './config.ts';

/** JSON lines on standard output, one per change of state and none per message. Written at once, so that none is lost at an exit. */
export function createLogger({ id, logLevel }: Pick<ServerConfig, 'id' | 'logLevel'>): Logger {
  return pino(
    { level: logLevel, base: { node: id }, formatters: { level: (level) => ({ level }) } },
    pino.destination({ dest: 1, sync: true }),
  );
}
