import { expect, test } from 'vitest';
import { parseEndpoints } from '../../src/cli/endpoint.ts';

test('endpoints are separated by commas, and named once', () => {
  expect(parseEndpoints('127.0.0.1:7101, node.example:80,127.0.0.1:7101,[::1]:9')).toEqual([
    '127.0.0.1:7101',
    'node.example:80',
    '[::1]:9',
  ]);
});

test.each(['', 'host', 'host:', ':7101', 'host:0', 'host:65536', 'a:1,,b:2', '::1:7101', 'http://host:1', 'a b:1'])(
  'not %j',
  (text) => {
    expect(() => parseEndpoints(text)).toThrow('is not HOST:PORT');
  },
);
