import { InvalidArgumentError } from 'commander';
import { parseEndpoints } from '../endpoint.ts';

/** A node as an operator names it. */
export interface NamedNode {
  readonly id: string;
  /** HOST:PORT */
  readonly address: string;
}

/** @throws InvalidArgumentError */
export function parseNodeId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
  const advice = text.includes('=') ? ' Here only the name is needed.' : '';
  throw new InvalidArgumentError(`A node's name has letters, digits, . _ - (at most 63).${advice}`);
}

/** `n4=HOST:PORT`. @throws InvalidArgumentError */
export function parseNamedNode(text: string): NamedNode {
  const separator = text.indexOf('=');
  if (separator < 0 || text.includes(',')) {
    throw new InvalidArgumentError('A new node is written NAME=HOST:PORT. Example: n4=127.0.0.1:7104');
  }
  const [address = ''] = parseEndpoints(text.slice(separator + 1));
  return { id: parseNodeId(text.slice(0, separator)), address };
}
