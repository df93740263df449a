import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node 20 has no `using` syntax: have it rewritten, as the build does.
  oxc: { target: 'es2023' },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: true,
    maxWorkers: 2,
    // CommonJS packages look in tests as they do in Node.
    deps: { interopDefault: false },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: [['default', { summary: false }]],
    slowTestThreshold: 2_000,
  },
});
