import { InvalidArgumentError } from 'commander';

export const defaultEndpoints: readonly string[] = ['127.0.0.1:7101', '127.0.0.1:7102', '127.0.0.1:7103'];

/**
 * `HOST:PORT`, several separated by commas; an IPv6 address stands in brackets.
 * @throws InvalidArgumentError
 */
export function parseEndpoints(text: string): readonly string[] {
  const endpoints = text.split(',').map((part) => part.trim());
  for (const endpoint of endpoints) {
    const match = /^(?:\[[0-9a-f:.%]+\]|[^\s:[\]/]+):(\d{1,5})$/i.exec(endpoint);
    const port = Number(match?.[1]);
    if (match === null || port < 1 || port > 65_535) {
      throw new InvalidArgumentError(`'${endpoint}' is not HOST:PORT. Example: 127.0.0.1:7101,127.0.0.1:7102`);
    }
  }
  return [...new Set(endpoints)];
}
