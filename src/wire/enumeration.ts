import { assert } from './assert.ts';
import { type Reader, WireFormatError } from './protobuf.ts';

/** The number of a name in a protobuf enum whose values are 0, 1, 2, … in the order of `names`. */
export function enumNumber<Name extends string>(names: readonly Name[], name: Name): number {
  const number = names.indexOf(name);
  assert(number >= 0, `${name} is one of ${names.join(', ')}`);
  return number;
}

/** @throws WireFormatError for a number that has no name */
export function readEnum<Name extends string>(reader: Reader, names: readonly Name[]): Name {
  return enumName(names, reader.uint32());
}

/** Likewise, of one that was read. @throws WireFormatError */
export function enumName<Name extends string>(names: readonly Name[], number: number): Name {
  const name = names[number];
  if (name === undefined) throw new WireFormatError(`${number} is none of ${names.join(', ')}`, 'UNSUPPORTED');
  return name;
}
