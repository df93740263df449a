// How evenly the ring and the strategies of the directory spread what they spread: prints the tables of the README.
import { Command } from 'commander';
import { strategies } from '../src/recipes/load-balancing.ts';
import { balancerCells, balancerHeader } from './distribution/balancer-table.ts';
import { markdown } from './distribution/markdown.ts';
import { ringCells, ringHeader, ringRow } from './distribution/ring-table.ts';
import { wholeNumber } from './number-words.ts';

const rings = [
  [3, 200],
  [5, 200],
  [10, 20],
  [10, 200],
  [10, 1_000],
  [50, 200],
] as const;

const { keys, requests } = new Command('distribution')
  .description('How evenly the consistent hash ring and the load balancers spread keys and requests.')
  .option('--keys <count>', 'keys of each ring', wholeNumber(1), 200_000)
  .option('--requests <count>', 'requests by each strategy', wholeNumber(1), 100_000)
  .parse()
  .opts<{ readonly keys: number; readonly requests: number }>();

console.log(
  markdown(
    ringHeader,
    rings.map(([members, nodes]) => ringCells(ringRow(members, nodes, keys))),
  ),
);
console.log();
console.log(
  markdown(
    balancerHeader,
    strategies.map((strategy) => balancerCells(strategy, requests)),
  ),
);
