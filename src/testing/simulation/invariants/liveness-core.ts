import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';

/** Those that are healed when the faults are over: all that are sound, or a quorum of them. */
export function chooseCore(
  { config, nodes, coverage, lossBudget, formed }: World,
  stream: RandomStream,
): readonly SimulatedNode[] {
  // A cluster that has never formed needs everybody.
  if (!formed) return nodes;
  const sound = nodes.filter((node) => !lossBudget.hasLost(node));
  if (sound.length < nodes.length) coverage.hit('liveness without those that have lost something');
  if (config.minority === 'healed') return sound;
  coverage.hit(config.minority === 'dead' ? 'liveness with a dead minority' : 'liveness with a disturbing minority');
  const quorum = Math.floor(nodes.length / 2) + 1;
  // What a damaged checkpoint held may be on no other disk of a mere quorum.
  const whole = sound.filter((node) => !lossBudget.needsOthers(node));
  return stream.shuffled(whole).slice(0, quorum);
}
