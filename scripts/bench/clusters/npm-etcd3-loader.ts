import { fileURLToPath } from 'node:url';
import type { NpmEtcd3Order } from '../npm-etcd3-process.ts';
import { EtcdLoader } from './etcd-loader.ts';
import { runProgram } from './run-program.ts';

const packageName = 'etcd3@1.1.2';

const loadProcess = fileURLToPath(new URL('../npm-etcd3-process.ts', import.meta.url));

/** What programs in Node.js use with etcd. Nobody maintains it: it is fetched when it is to be measured, and is no dependency. */
export function installNpmEtcd3(): Promise<EtcdLoader> {
  return EtcdLoader.make(async (directory) => {
    await runProgram('npm', [
      'install',
      '--prefix',
      directory,
      '--no-audit',
      '--no-fund',
      '--loglevel',
      'error',
      packageName,
    ]);
    return (load, endpoints) => {
      const order: NpmEtcd3Order = { load, endpoints, directory };
      return [process.execPath, '--import', 'tsx', loadProcess, JSON.stringify(order)];
    };
  });
}
