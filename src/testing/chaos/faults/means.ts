import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PacketFilter } from './packet-filter.ts';

const run = promisify(execFile);
const probeTimeoutMs = 20_000;

export const meansNames = ['strace', 'libfaketime', 'tmpfs', 'nftables'] as const;
/** What some faults are made with, and not every machine has. */
export type MeansName = (typeof meansNames)[number];

export type Means =
  /** `path`: of the program or library, where there is one. */
  { readonly available: true; readonly path: string } | { readonly available: false; readonly why: string };

export type MeansByName = Readonly<Record<MeansName, Means>>;

/** Tries each on a process or a directory of its own: a program that is installed may still not be allowed to do its work. */
export async function detectMeans(): Promise<MeansByName> {
  const [strace, libfaketime, tmpfs, nftables] = await Promise.all([
    attempt(detectStrace),
    attempt(detectLibfaketime),
    attempt(detectTmpfs),
    attempt(detectNftables),
  ]);
  return { strace, libfaketime, tmpfs, nftables };
}

class Missing extends Error {}

async function attempt(detect: () => Promise<string>): Promise<Means> {
  try {
    return { available: true, path: await detect() };
  } catch (error) {
    if (error instanceof Missing) return { available: false, why: error.message };
    const [why = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { available: false, why };
  }
}

async function detectStrace(): Promise<string> {
  if (process.platform !== 'linux') throw new Missing('strace runs on Linux alone');
  const program = "try { fs.fdatasyncSync(fs.openSync('/proc/self/exe')) } catch (error) { console.log(error.code) }";
  const inject = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=ENOSPC'];
  const { stdout } = await run('strace', [...inject, process.execPath, '-e', program], {
    timeout: probeTimeoutMs,
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Missing('strace is not installed') : error;
  });
  if (stdout.trim() !== 'ENOSPC') throw new Missing('strace may not trace processes here, or cannot inject errors');
  return 'strace';
}

async function detectLibfaketime(): Promise<string> {
  const path = await findLibfaketime();
  const { stdout } = await run(process.execPath, ['-e', 'console.log(Date.now())'], {
    env: { ...process.env, LD_PRELOAD: path, FAKETIME: '+1000000' },
    timeout: probeTimeoutMs,
  });
  const aheadMs = Number(stdout) - Date.now();
  if (!(aheadMs > 900_000_000)) throw new Missing(`${path} does not change the clock of Node.js`);
  return path;
}

/** Where Debian, Fedora, Alpine and `make install` put it; or where LIBFAKETIME says. */
async function findLibfaketime(): Promise<string> {
  const file = 'libfaketime.so.1';
  const multiarch = await readdir('/usr/lib').catch(() => []);
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib', ...multiarch.map((name) => `/usr/lib/${name}`)];
  const named = process.env['LIBFAKETIME'];
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...folders.map((folder) => join(folder, 'faketime', file)),
  ];
  for (const candidate of candidates) {
    if (await exists(candidate)) return candidate;
  }
  throw new Missing('libfaketime is not installed (Debian: apt-get install libfaketime; else LIBFAKETIME=FILE)');
}

async function detectTmpfs(): Promise<string> {
  if (process.platform !== 'linux') throw new Missing('tmpfs exists on Linux alone');
  if (process.getuid?.() !== 0) throw new Missing('only root may mount a small file system');
  const folder = await mkdtemp(join(tmpdir(), 'conclave-tmpfs-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { timeout: probeTimeoutMs });
    await run('umount', [folder], { timeout: probeTimeoutMs });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 'mount';
}

/** `nft`, or what NFT names. */
async function detectNftables(): Promise<string> {
  if (process.platform !== 'linux') throw new Missing('nftables exists on Linux alone');
  if (process.getuid?.() !== 0) throw new Missing('only root may filter packets');
  const program = process.env['NFT'] ?? 'nft';
  const filter = await PacketFilter.load(program, [{ ports: [1], way: 'both', lossPercent: 1 }]).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new Missing('nft is not installed (Debian: apt-get install nftables)') : error;
    },
  );
  await filter.remove();
  return program;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
