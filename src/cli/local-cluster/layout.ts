import path from 'node:path';

export const defaultBasePort = 7101;
/** From a node's gRPC port to its HTTP port. */
const httpOffset = 80;
const host = '127.0.0.1';

export const clusterSizes = [1, 3, 5] as const;
export type ClusterSize = (typeof clusterSizes)[number];

/** The highest base port whose block of ports exists. */
export const highestBasePort = 65_535 - httpOffset - Math.max(...clusterSizes) + 1;

/** One node of a local cluster and where everything of it is. */
export interface LocalMember {
  readonly id: string;
  /** gRPC, for clients and peers. */
  readonly address: string;
  readonly http: string;
  readonly port: number;
  readonly httpPort: number;
  /** Holds the data directory and the log. */
  readonly directory: string;
  readonly dataDir: string;
  readonly logFile: string;
}

export interface LocalCluster {
  /** Absolute. */
  readonly directory: string;
  readonly basePort: number;
  readonly size: ClusterSize;
  readonly members: readonly LocalMember[];
}

/** gRPC on `basePort` and the ports after it, HTTP on `basePort + 80` and after. */
export function layOutCluster(directory: string, basePort: number, size: ClusterSize): LocalCluster {
  const members = Array.from({ length: size }, (_, index) => {
    const id = `n${index + 1}`;
    const port = basePort + index;
    const memberDirectory = path.join(directory, id);
    return {
      id,
      address: `${host}:${port}`,
      http: `${host}:${port + httpOffset}`,
      port,
      httpPort: port + httpOffset,
      directory: memberDirectory,
      dataDir: path.join(memberDirectory, 'data'),
      logFile: path.join(memberDirectory, 'node.log'),
    };
  });
  return { directory, basePort, size, members };
}

/** As `serve --initial` takes it. */
export function initialMembers(cluster: LocalCluster): string {
  return cluster.members.map(({ id, address }) => `${id}=${address}`).join(',');
}

export function portsOf(cluster: LocalCluster): number[] {
  return cluster.members.flatMap(({ port, httpPort }) => [port, httpPort]).sort((a, b) => a - b);
}
