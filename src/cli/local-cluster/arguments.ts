import { InvalidArgumentError } from 'commander';
import { type ClusterSize, clusterSizes, highestBasePort } from './layout.ts';

/** @throws InvalidArgumentError */
export function parseBasePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > highestBasePort) {
    throw new InvalidArgumentError(`A port from 1 to ${highestBasePort} is needed.`);
  }
  return port;
}

/** @throws InvalidArgumentError */
export function parseClusterSize(text: string): ClusterSize {
  const size = clusterSizes.find((allowed) => String(allowed) === text);
  if (size === undefined) throw new InvalidArgumentError('1, 3 or 5.');
  return size;
}
