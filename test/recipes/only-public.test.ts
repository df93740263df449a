import { expect, test } from 'vitest';
import { importsOf } from '../architecture/floors.ts';
import { readSources } from '../architecture/sources.ts';

test('recipes use the public SDK alone, so that everybody could have written them', () => {
  const sources = [...readSources('src')].filter(([file]) => file.startsWith('src/recipes/'));
  expect(sources.length).toBeGreaterThan(20);
  const others = sources.flatMap(([file, text]) =>
    importsOf(text)
      .map(({ specifier }) => specifier)
      .filter((specifier) => !/^(?:\.\/[a-z-]+\.ts|\.\.\/client\/index\.ts|node:.*)$/.test(specifier))
      .map((specifier) => `${file} imports ${specifier}`),
  );
  expect(others).toEqual([]);
});
