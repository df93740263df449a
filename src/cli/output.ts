import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** What the commands need of a stream. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean;
}

/** Resolves when the stream has taken the data, so that a slow reader slows the command down. @throws EPIPE and others */
export function write(stream: OutputStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

export function writeLine(stream: OutputStream, text: string): Promise<void> {
  return write(stream, `${text}\n`);
}

/** One line of JSON. */
export function writeJson(stream: OutputStream, value: unknown): Promise<void> {
  return writeLine(stream, JSON.stringify(value));
}

/** A message that nobody reads any more is no failure. */
export async function writeMessage(stream: OutputStream, text: string): Promise<void> {
  try {
    await writeLine(stream, text);
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

/** The reader has gone, as `head` does when it has seen enough. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Colours on a terminal only, and not if `NO_COLOR` is set (https://no-color.org). */
export function colorsFor(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>): Colors {
  return picocolors.createColors(stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '');
}

/** Text of somebody else's choice, without the control characters that a terminal would obey. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

/**
 * Bytes of somebody else's choice. On a terminal they are shown as text, and control characters, which it would obey, are
 * replaced; into a file or a pipe everything goes unchanged.
 */
export function bytesForStream(stream: OutputStream, bytes: Uint8Array): Uint8Array {
  return stream.isTTY === true ? Buffer.from(printable(new TextDecoder().decode(bytes))) : bytes;
}
