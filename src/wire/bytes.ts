const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Above it, the engine's own routines are faster than a loop. */
const shortBytes = 64;

/** So many arguments fit on any stack. */
const charactersPerCall = 4096;

export const emptyBytes: Uint8Array = new Uint8Array(0);

/** Bytes were to be read as text, but are not UTF-8. */
export class InvalidUtf8Error extends Error {
  override readonly name = 'InvalidUtf8Error';
  readonly code = 'INVALID_UTF8';
}

/** The bytes as a string of one character each (Latin-1), to be used as a map key: it sorts as the bytes do. */
export function keyString(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length <= charactersPerCall) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = '';
  for (let at = 0; at < length; at += charactersPerCall) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + charactersPerCall) as unknown as number[]);
  }
  return text;
}

/** The inverse of `keyString`. */
export function keyBytes(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let at = 0; at < key.length; at++) bytes[at] = key.charCodeAt(at);
  return bytes;
}

/** Lone surrogates, which UTF-8 cannot express, become U+FFFD: see `isWellFormed`. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Nothing is replaced or dropped, a byte order mark neither. @throws InvalidUtf8Error */
export function utf8Text(bytes: Uint8Array): string {
  const text = utf8Slice(bytes, 0, bytes.length);
  if (text === undefined) throw new InvalidUtf8Error('the bytes are not UTF-8');
  return text;
}

/** The text of `bytes[from, to)`; undefined if that is not UTF-8. */
export function utf8Slice(bytes: Uint8Array, from: number, to: number): string | undefined {
  const ascii = shortAscii(bytes, from, to);
  if (ascii !== undefined) return ascii;
  try {
    return strictDecoder.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}

/** The number of bytes of `utf8Bytes(text)`. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) {
      at++; // a pair of two units takes four bytes
    }
  }
  return length;
}

/** Whether the text has a form in UTF-8: whether each surrogate is one of a pair. */
export function isWellFormed(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit >= 0xdc00 || !isLowSurrogate(text.charCodeAt(at + 1))) return false;
    at++;
  }
  return true;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Negative, zero or positive, in byte order; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** For short texts of ASCII only; the caller decodes others. */
function shortAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from > shortBytes) return undefined;
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
