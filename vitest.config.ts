import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each: begun last, they would leave one of two workers idle at the end. */
const longest = [/\/test\/simulation\/clean-runs-/, /\/test\/chaos\/sixty-seconds/, /\/test\/simulation\/planted-bugs/];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some((pattern) => pattern.test(moduleId));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Half of the time of most files would go into loading the same modules again. A test that changes what a module holds puts it back.
    isolate: false,
    fileParallelism: true,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Modules are loaded by Node itself, as in scripts: bindings that Vite rewrites make a simulated run a quarter slower. Nothing is mocked
    // by module.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    execArgv: ['--import', 'tsx'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    reporters: [['default', { summary: false }]],
    slowTestThreshold: 2_000,
  },
});
