import { isIP } from 'node:net';
import { assert } from '../wire/assert.ts';

/** Where to listen or to dial. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const pattern = /^(?:\[([0-9a-f:.%]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i;

/** `HOST:PORT`, an IPv6 address in brackets. Undefined if it is none. Port 0 is left to the system. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = pattern.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || !(port <= 65_535) ? undefined : { host, port };
}

export function formatHostPort({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only programs on this machine can reach it. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Of a setting that was checked. */
export function addressOf(setting: string): HostPort {
  const address = parseHostPort(setting);
  assert(address !== undefined, `${setting} was checked to be HOST:PORT`);
  return address;
}
