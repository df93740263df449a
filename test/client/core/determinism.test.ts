import { expect, test } from 'vitest';
import { World } from './world.ts';

function story(world: World): World {
  const stream = world.openSession();
  world.put('a');
  world.lock('job', 2_000);
  world.refuse(stream.newOperations(), 'BUSY');
  world.advance(700);
  world.break();
  world.break();
  world.advance(3_000);
  world.welcome();
  world.advance(20_000);
  world.give({ type: 'close' });
  world.advance(10_000);
  return world;
}

test('the same inputs lead to the same effects', () => {
  expect(story(new World()).effects).toEqual(story(new World()).effects);
});

test('another seed leads to others', () => {
  expect(story(new World({ seed: [9, 9, 9, 9] })).effects).not.toEqual(story(new World()).effects);
});
