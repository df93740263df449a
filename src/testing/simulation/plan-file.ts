import { z } from 'zod';
import { operationKinds, type SimulationConfig } from './config.ts';
import { faultKinds } from './faults/fault-kinds.ts';
import { largestSeed, type RunPlan } from './run-plan.ts';

const formatName = 'conclave simulation plan';
const formatVersion = 1;

const count = z.int().min(0);
const rate = z.number().min(0).max(1);
const durationMs = z.number().min(0);
const durationUs = z.number().min(0);
const number32 = z.int().min(0).max(largestSeed);
const weight = z.number().min(0);

/**
 * A field that is added to the configuration gets a default here that means "as before there was such a field": the plans of past
 * failures stay what they were.
 */
const configSchema = z.strictObject({
  seed: number32,
  nodes: z.union([z.literal(3), z.literal(5)]),
  spares: count.default(0),
  clients: count.min(1),
  sdkRate: rate,
  chaosMs: durationMs,
  calmMs: durationMs,
  leaseMs: durationMs,
  clockDriftPermille: z.number().min(0).max(999),
  realDriftPermille: z.number().min(0).max(999),
  leases: z.boolean(),
  permuteTies: z.boolean(),
  tightLimits: z.boolean(),
  checkpointBytes: z.int().min(0).default(0),
  transport: z.enum(['datagram', 'stream']),
  encodeMessages: z.boolean(),
  linkDelayUs: durationUs,
  linkJitterUs: durationUs,
  dropRate: rate,
  reorderRate: rate.default(0),
  duplicateRate: rate,
  replayRate: rate,
  diskUs: durationUs,
  diskJitterUs: durationUs,
  turnUs: durationUs,
  keepPendingRate: rate,
  faults: z.array(z.tuple([z.enum(faultKinds), weight])),
  faultIntervalMs: durationMs,
  faultDurationMs: durationMs,
  operations: z.array(z.tuple([z.enum(operationKinds), weight])),
  thinkMs: durationMs,
  outstanding: count.min(1),
  keys: count.min(1),
  longValueBytes: count,
  locks: count.min(1),
  counters: count.min(1),
  sessionTtlMs: z.tuple([durationMs, durationMs]),
  uptimeGrainMs: durationMs.default(0),
  minority: z.enum(['healed', 'dead', 'disturbing']),
  budget: z.enum(['within', 'drift', 'corruption', 'rollback']).default('within'),
  quotas: z.array(z.strictObject({ atMs: durationMs, quotaBytes: z.int().min(0) })).default([]),
  olderUntilMs: durationMs.default(0),
  interruptionIntervalMs: durationMs.default(0),
}) satisfies z.ZodType<SimulationConfig>;

const planSchema = z.strictObject({
  config: configSchema,
  faults: z.array(z.strictObject({ atMs: durationMs, kind: z.enum(faultKinds), draw: number32 })),
  calls: z.array(z.strictObject({ atMs: durationMs, client: count, kind: z.enum(operationKinds), draw: number32 })),
}) satisfies z.ZodType<RunPlan>;

/** Looked at first: the rest of another format would only be a list of what it is not. */
const headSchema = z.object({
  format: z.literal(formatName, { error: `not a plan of the simulation: "format" is not "${formatName}"` }),
  version: z.literal(formatVersion, { error: `only version ${formatVersion} of the format is known` }),
});

const fileSchema = headSchema
  .extend({
    product: z.string(),
    shows: z.string().optional(),
    mutant: z.string().optional(),
    violates: z.string().optional(),
    plan: planSchema,
  })
  .strict();

/** A plan that is kept, with what there is to know about it. */
export interface PlanFile {
  /** The version of the product that it was made with. */
  readonly product: string;
  /** What was wrong with the product, for a reader. */
  readonly shows?: string | undefined;
  /** The planted bug that it was found with, if it was. */
  readonly mutant?: string | undefined;
  /** The name of the invariant that it violated at the time. */
  readonly violates?: string | undefined;
  readonly plan: RunPlan;
}

export class InvalidPlanFile extends Error {
  override readonly name = 'InvalidPlanFile';
}

/** @throws InvalidPlanFile, with every reason that was found */
export function parsePlanFile(text: string): PlanFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidPlanFile(`not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  parseBy(headSchema, json);
  const { product, shows, mutant, violates, plan } = parseBy(fileSchema, json);
  return { product, shows, mutant, violates, plan };
}

function parseBy<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`;
  });
  throw new InvalidPlanFile(reasons.join('\n'));
}

/** One line for each fault and each call, so that differences are easy to read. */
export function formatPlanFile({ plan, ...about }: PlanFile): string {
  const head = { format: formatName, version: formatVersion, ...about };
  const { config, faults, calls } = plan;
  const fields = Object.entries(head).filter(([, value]) => value !== undefined);
  const lines = [
    ...fields.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`),
    '  "plan": {',
    '    "config": {',
    commaSeparated(Object.entries(config).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)),
    '    },',
    '    "faults": [',
    commaSeparated(faults.map((fault) => JSON.stringify(fault))),
    '    ],',
    '    "calls": [',
    commaSeparated(calls.map((call) => JSON.stringify(call))),
    '    ]',
    '  }',
  ];
  return `{\n${lines.filter((line) => line !== '').join('\n')}\n}\n`;
}

function commaSeparated(items: readonly string[]): string {
  return items.map((item) => `      ${item}`).join(',\n');
}
