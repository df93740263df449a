import { z } from 'zod';
import { defaultTiming } from '../paxos/timing.ts';
import { replicaLimits } from '../replica/limits.ts';
import { type NodeId, nodeIdPattern } from '../wire/identifiers.ts';
import { isLoopback, parseHostPort } from './address.ts';
import { ServerError } from './server-error.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Of a new cluster; with learners, one that exists has some more. */
const mostFounders = 7;
const mostMembers = 9;

const mebibyte = 1024 * 1024;
const defaultCheckpointJournalMib = replicaLimits.checkpointJournalBytes / mebibyte;

const hostPort = z
  .string()
  .refine((text) => parseHostPort(text) !== undefined, 'must be HOST:PORT, such as 127.0.0.1:7101');
const boolean = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);
/** Flags and variables say it in digits. Whatever else could be taken for a number is a mistake, above all what is empty. */
const wholeNumber = (low: number, high: number) => {
  const error = `must be a whole number from ${low} to ${high}`;
  const number = z.int({ error }).min(low, { error }).max(high, { error });
  return z.preprocess((given) => (typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given), number);
};

const nodeId = z.string().regex(nodeIdPattern, 'must be letters, digits, . _ - (at most 63)');

const memberAddresses = z.string().transform((text, context) => {
  const members = text.split(',').map((part) => {
    const [id = '', address = '', ...rest] = part.trim().split('=');
    const port = parseHostPort(address)?.port;
    const refuse = (problem: string) => context.addIssue({ code: 'custom', message: `'${part}' ${problem}` });
    if (!nodeId.safeParse(id).success || port === undefined || rest.length > 0) {
      refuse('is not ID=HOST:PORT, such as n1=127.0.0.1:7101');
    } else if (port === 0) refuse('has port 0, which nobody can dial');
    return { nodeId: id as NodeId, address };
  });
  const distinct = new Set(members.map((member) => member.nodeId)).size === members.length;
  if (!distinct) context.addIssue({ code: 'custom', message: 'names a node twice' });
  if (new Set(members.map((member) => member.address)).size !== members.length) {
    context.addIssue({ code: 'custom', message: 'names an address twice' });
  }
  return members.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
});

/** All settings of a node, and nothing else: another key is refused. Each can be a flag, a variable, or a key of the file. */
const settings = z
  .strictObject({
    /** This node's name, one of those in `initial`. */
    id: nodeId.transform((text) => text as NodeId),
    dataDir: z.string().min(1),
    /** For clients and peers. */
    listen: hostPort,
    /** For /livez, /readyz and /metrics. */
    http: hostPort,
    /**
     * All members of a new cluster, this one included: n1=HOST:PORT,n2=… An existing cluster knows its own. With `join`: this node, and
     * one member at least, to whom it turns.
     */
    initial: memberAddresses,
    /** Where this node reaches others, later members too, if not under their address: through a proxy, or a translated address. */
    dial: memberAddresses.default([]),
    /** The node is to be taken in by a cluster that exists, as one that an operator adds; `initial` says where its members are. */
    join: boolean.default(false),
    clusterName: z.string().min(1).max(100).default('conclave'),
    /** Allows addresses that other machines can reach, although nothing is encrypted or authenticated. */
    insecure: boolean.default(false),
    /** T: how long a grant binds. Of a new cluster; an existing one keeps its own. */
    leaseMs: wholeNumber(50, 60_000).default(200),
    /** ε in parts per thousand. Of a new cluster. */
    clockDriftPermille: wholeNumber(0, 500).default(100),
    /** Of a new cluster. */
    leases: boolean.default(true),
    heartbeatMs: wholeNumber(5, 10_000).default(defaultTiming.heartbeatMs),
    /** A follower that hears nothing for a random time between these two asks for votes. */
    silenceMsLow: wholeNumber(50, 60_000).default(defaultTiming.silenceMsLow),
    silenceMsHigh: wholeNumber(51, 120_000).default(defaultTiming.silenceMsHigh),
    /** A checkpoint is due after so much journal, or as much as the last one has, if that is more. Then the journal is trimmed. */
    checkpointJournalMib: wholeNumber(1, 65_536).default(defaultCheckpointJournalMib),
    maxConnections: wholeNumber(1, 1_000_000).default(10_000),
    logLevel: z.enum(logLevels).default('info'),
  })
  .check((context) => {
    for (const { path, message } of contradictions(context.value)) {
      context.issues.push({ code: 'custom', path: [path], message, input: context.value });
    }
  });

/** What a node runs with. */
export type ServerConfig = Readonly<z.output<typeof settings>>;

export type InitialMember = ServerConfig['initial'][number];

/** Settings as somebody wrote them; undefined: not given. */
export type RawSettings = Readonly<Record<string, unknown>>;

export interface ConfigSources {
  /** By setting name: `dataDir`. */
  readonly flags?: RawSettings | undefined;
  /** What the flag of a setting is called where flags are written: `--data`. Default: as its setting. */
  readonly flagOf?: ((setting: string) => string) | undefined;
  /** `CONCLAVE_DATA_DIR`; variables without the prefix are not looked at, and an empty one counts as not given. */
  readonly environment?: RawSettings | undefined;
  /** The content of the file. */
  readonly file?: RawSettings | undefined;
}

/** Variables with our prefix that are no settings of a node: of clients, and what `lock` and `watch` give to the command they run. */
const otherVariables: ReadonlySet<string> = new Set([
  'CONCLAVE_ENDPOINTS',
  'CONCLAVE_CONFIG',
  'CONCLAVE_LOCK_TOKEN',
  'CONCLAVE_PERMIT_ID',
  'CONCLAVE_EVENT_REVISION',
  'CONCLAVE_EVENT_TYPE',
  'CONCLAVE_EVENT_KEY',
  'CONCLAVE_EVENT_KEY_BASE64',
]);

export const settingNames: readonly string[] = Object.keys(settings.shape);

/** `dataDir` → `CONCLAVE_DATA_DIR` */
export function variableOf(setting: string): string {
  return `CONCLAVE_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Flags over environment over file over defaults.
 *
 * @throws ServerError INVALID_CONFIG, which names each setting and where it was given; INSECURE_ADDRESS
 */
export function resolveConfig(sources: ConfigSources): ServerConfig {
  const merged: Record<string, unknown> = {};
  const origins = new Map<string, string>();
  const take = (given: RawSettings | undefined, origin: (name: string) => string): void => {
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value === undefined) continue;
      merged[name] = value;
      origins.set(name, origin(name));
    }
  };
  take(sources.file, (name) => `"${name}" in the configuration file`);
  take(fromEnvironment(sources.environment ?? {}), (name) => (settingNames.includes(name) ? variableOf(name) : name));
  const { flagOf = (name: string) => name } = sources;
  take(sources.flags, (name) => `option ${flagOf(name)}`);
  const parsed = settings.safeParse(merged);
  if (!parsed.success) throw invalidConfig(parsed.error, origins, flagOf);
  refuseInsecure(parsed.data);
  return parsed.data;
}

function fromEnvironment(environment: RawSettings): RawSettings {
  const names = new Map(settingNames.map((name) => [variableOf(name), name]));
  const given: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('CONCLAVE_') || otherVariables.has(variable) || value === '') continue;
    // Under its own name, an unknown variable is refused like every unknown setting.
    given[names.get(variable) ?? variable] = value;
  }
  return given;
}

type Contradiction = { readonly path: string; readonly message: string };

function contradictions(config: z.output<typeof settings>): Contradiction[] {
  const found: Contradiction[] = [];
  if (!config.initial.some(({ nodeId: member }) => member === config.id)) {
    found.push({ path: 'initial', message: `does not name this node, ${config.id}` });
  }
  if (config.join && config.initial.length < 2) {
    found.push({ path: 'initial', message: `names nobody but ${config.id}: with join, it has to name a member, too` });
  }
  if (config.dial.some(({ nodeId: peer }) => peer === config.id)) {
    found.push({ path: 'dial', message: `names this node itself, ${config.id}` });
  }
  const most = config.join ? mostMembers : mostFounders;
  if (config.initial.length > most) found.push({ path: 'initial', message: `names more than ${most} members` });
  if (config.silenceMsHigh <= config.silenceMsLow) {
    found.push({ path: 'silenceMsHigh', message: `must be more than silenceMsLow, ${config.silenceMsLow}` });
  }
  if (config.silenceMsLow < 2 * config.heartbeatMs) {
    found.push({ path: 'silenceMsLow', message: `must be at least twice heartbeatMs, ${config.heartbeatMs}` });
  }
  if (config.leaseMs <= config.heartbeatMs) {
    found.push({ path: 'leaseMs', message: `must be more than heartbeatMs, ${config.heartbeatMs}` });
  }
  return found;
}

function invalidConfig(
  error: z.ZodError,
  origins: ReadonlyMap<string, string>,
  flagOf: (setting: string) => string,
): ServerError {
  const lines = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${origins.get(key) ?? key} is no setting`);
    const name = String(issue.path[0]);
    const origin = origins.get(name);
    if (origin === undefined && issue.code === 'invalid_type') {
      return [`${flagOf(name)} is missing: give it as a flag, as ${variableOf(name)}, or as "${name}" in the file`];
    }
    return [`${origin ?? `the default of ${name}`} ${issue.message}`];
  });
  return new ServerError('INVALID_CONFIG', lines.join('; '), { cause: error });
}

function refuseInsecure(config: ServerConfig): void {
  if (config.insecure) return;
  for (const name of ['listen', 'http'] as const) {
    if (isLoopback(parseHostPort(config[name])?.host ?? '')) continue;
    throw new ServerError(
      'INSECURE_ADDRESS',
      `${name} ${config[name]} can be reached from other machines, and nothing is encrypted or authenticated. ` +
        'Use a loopback address such as 127.0.0.1, or say --insecure if the network is trusted.',
    );
  }
}
