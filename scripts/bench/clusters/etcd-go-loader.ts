import { cp } from 'node:fs/promises';
import path from 'node:path';
import { EtcdLoader } from './etcd-loader.ts';
import { runProgram } from './run-program.ts';

const source = path.resolve(import.meta.dirname, '../etcdload/main.go');

/** etcd's own Go client. To be built it needs Go, and the packages of Debian's golang-etcd-server-dev. */
export function buildGoLoader(): Promise<EtcdLoader> {
  return EtcdLoader.make(async (directory) => {
    const [copy, program] = [path.join(directory, 'main.go'), path.join(directory, 'etcdload')];
    await cp(source, copy);
    const environment = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
    await runProgram('go', ['build', '-o', program, copy], { environment });
    return (load, endpoints) => [
      program,
      ...['-endpoints', endpoints.join(',')],
      ...['-scenario', load.scenario, '-clients', `${load.clients}`, '-connections', `${load.connections}`],
      ...['-value-bytes', `${load.valueBytes}`, '-warm-up-ms', `${load.warmUpMs}`, '-measure-ms', `${load.measureMs}`],
      ...(load.operations === undefined ? [] : ['-operations', `${load.operations}`]),
    ];
  });
}
