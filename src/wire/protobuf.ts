/**
 * The protobuf wire format by hand (https://protobuf.dev/programming-guides/encoding/): what a general library builds
 * from a schema is several times slower, and the client is to load none. Written is the canonical form: fields in
 * ascending order, defaults left out, lengths minimal; a test compares it with another implementation byte for byte.
 */
export { Reader, WireFormatError } from './protobuf-reader.ts';
export { Writer } from './protobuf-writer.ts';
