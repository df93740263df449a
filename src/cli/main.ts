#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { runCommandLine } from './command-line.ts';
import { processContext } from './process-context.ts';

const context = processContext(fileURLToPath(import.meta.url));
process.exit(await runCommandLine(process.argv.slice(2), context));
