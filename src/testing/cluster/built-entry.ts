import { fileURLToPath } from 'node:url';

/** The compiled command line, for nodes and operators in processes of their own. */
export const builtEntry = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
