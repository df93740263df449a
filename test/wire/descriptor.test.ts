import { readFileSync } from 'node:fs';
import { fromJSON } from '@grpc/proto-loader';
import { expect, test } from 'vitest';
import { descriptorFile, descriptorSource } from '../../scripts/generate-descriptor.ts';
import { descriptor } from '../../src/rpc/descriptor.generated.ts';

test('the descriptor is what `npm run proto` writes', () => {
  expect(readFileSync(descriptorFile, 'utf8')).toBe(descriptorSource());
});

test('gRPC finds every service in it', () => {
  const definitions = fromJSON(descriptor);
  expect(Object.keys(definitions['conclave.v1.Admin'] ?? {})).toEqual([
    'Status',
    'TransferLeadership',
    'SaveSnapshot',
    'Settings',
    'ChangeSettings',
    'ChangeMembers',
    'Locks',
    'Sessions',
    'Watches',
    'Log',
    'StateHashes',
    'Vitals',
  ]);
  expect(Object.keys(definitions['conclave.v1.Client'] ?? {})).toEqual(['Connect']);
  expect(Object.keys(definitions['conclave.v1.Peer'] ?? {})).toEqual(['Link']);
});
