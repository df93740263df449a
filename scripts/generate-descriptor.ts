/**
 * Writes src/rpc/descriptor.generated.ts from proto/: what gRPC has to know about our services, so that no .proto file is
 * read at run time. A test compares the file with what this would write.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

const repository = path.resolve(import.meta.dirname, '..');

export const descriptorFile = path.join(repository, 'src/rpc/descriptor.generated.ts');

const protoFiles = ['client', 'journal', 'peer', 'backup', 'inspection', 'admin'].map(
  (name) => `conclave/v1/${name}.proto`,
);

/** All of proto/, with imports resolved. */
export function loadProto(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => path.join(repository, 'proto', target);
  root.loadSync(protoFiles).resolveAll();
  return root;
}

/** The text of the generated file. */
export function descriptorSource(): string {
  return [
    '// Written by scripts/generate-descriptor.ts from proto/: run `npm run proto` after a change there.',
    "import type { fromJSON } from '@grpc/proto-loader';",
    '',
    '/** Every message and service of proto/, for `fromJSON` of @grpc/proto-loader. */',
    `export const descriptor = ${JSON.stringify(loadProto().toJSON(), undefined, 2)} as Parameters<typeof fromJSON>[0];`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(descriptorFile, descriptorSource());
