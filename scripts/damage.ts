// What a node makes of each damage to its data directory, in a cluster of real processes: `npm run damage -- --help`.
import { Command } from 'commander';
import pc from 'picocolors';
import { directoryDamages, recordDamages } from './damage/content-damages.ts';
import { type DamageCase, DamageCluster } from './damage/damage-cluster.ts';
import { fileDamages } from './damage/file-damages.ts';
import { tableText, verdictText } from './damage/table.ts';
import { abortedOnInterrupt } from './interrupt.ts';
import { wholeNumber } from './number-words.ts';

interface DamageOptions {
  readonly flips: number;
  readonly only?: string;
}

const command = new Command('damage')
  .description(
    [
      'Kills one node of three, damages its data directory in every way of a list, and starts it again beside the others. Prints what',
      'the node made of each. Its clients and those of the others read and write meanwhile, and compare.',
    ].join('\n'),
  )
  .option('--flips <number>', 'flipped bytes in each kind of file, spread evenly over it', wholeNumber(1), 3)
  .option('--only <text>', "those alone of which the name has this text: 'journal/', 'dropped'")
  .addHelpText('after', '\nExit code: 0, or 1 if a promise was broken.')
  .allowExcessArguments(false);

async function main({ flips, only = '' }: DamageOptions): Promise<0 | 1> {
  const all = [...fileDamages(flips), ...recordDamages, ...directoryDamages];
  const damages = all.filter(({ part, deed }) => `${part}, ${deed}`.includes(only));
  const signal = abortedOnInterrupt();
  await using cluster = await DamageCluster.make('processes');
  const cases: DamageCase[] = [];
  for (const damage of damages) {
    if (signal.aborted) break;
    const result = await cluster.run(damage);
    cases.push(result);
    console.log(pc.dim(`${damage.part}, ${damage.deed}: ${verdictText(result.verdict)}`));
    for (const finding of result.findings) console.log(pc.red(`  ${finding}`));
  }
  console.log(tableText(cases));
  const broken = cases.filter(({ findings }) => findings.length > 0);
  console.log(`${cases.length} of ${damages.length} cases, ${broken.length} of them not as promised`);
  return broken.length > 0 || signal.aborted ? 1 : 0;
}

try {
  process.exitCode = await main(command.parse(process.argv).opts<DamageOptions>());
} catch (error) {
  console.error(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
