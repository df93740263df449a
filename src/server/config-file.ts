import { readFile } from 'node:fs/promises';
import type { RawSettings } from './config.ts';
import { ServerError } from './server-error.ts';

/** The settings in a JSON file, not yet checked. @throws ServerError CONFIG_NOT_READABLE */
export async function readConfigFile(file: string): Promise<RawSettings> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw notReadable(file, error instanceof Error ? error.message : String(error), error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw notReadable(file, 'it is not a JSON object', undefined);
  }
  return content as RawSettings;
}

function notReadable(file: string, problem: string, cause: unknown): ServerError {
  return new ServerError('CONFIG_NOT_READABLE', `Cannot read the configuration file ${file}: ${problem}.`, { cause });
}
