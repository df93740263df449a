import type { Command } from 'commander';
import { addCommonOptions, type CommonOptionTexts, commonOptions } from '../common-options.ts';
import { addMember, listMembers, promoteMember, removeMember, replaceMember } from '../membership/member-runs.ts';
import { parseNamedNode, parseNodeId } from '../membership/member-words.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const endpointsHelp = `
Which nodes are asked is for you to say (--endpoints or CONCLAVE_ENDPOINTS): nobody else learns of new addresses. One member is enough, for
it names the others. After a move, tell the programs, too: a client goes on with the endpoints that it was given.`;

const joinHelp = `
A new node is started with --join, an empty directory, and an --initial that names it and at least one member. It receives the log as a
learner, which counts for nothing, and becomes a voter by itself once it has caught up. This command waits for that, unless told not to;
if it is interrupted, what it has begun goes on.`;

const addTexts: CommonOptionTexts = {
  timeout: 'how long to wait until the node is a voter (default: 10m)',
  json: 'print {changed,clusterId,leader,failureTolerance,membersSlot,members}',
};
const changeTexts: CommonOptionTexts = {
  timeout: 'how long to try while the cluster refuses (default: 4s)',
  json: 'print {changed,clusterId,leader,failureTolerance,membersSlot,members}',
};

export const addMemberCommands: CommandModule = (parent, context, complete) => {
  const group = addCommonOptions(parent.command('member').description('list, add, promote, remove and replace nodes'));
  addExamples(group, [
    ['conclave member list', 'who votes, who learns, who is behind'],
    ['conclave member add n4=127.0.0.1:7104', 'one more voter; start it with serve --join'],
    ['conclave member replace n2 n4=127.0.0.1:7104', 'n4 in the place of n2, in one step'],
    ['conclave member remove n4', 'asks first'],
  ]);
  group.addHelpText('after', endpointsHelp);

  const list = group.command('list').description('every member, what it is there for, and how far behind');
  addCommonOptions(list, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print {clusterId,leader,failureTolerance,membersSlot,members}',
  });
  addExamples(list, [
    ['conclave member list', 'a table'],
    ['conclave member list --json', 'for programs'],
  ]);
  list.action(async (_options: unknown, self: Command) => {
    complete(await listMembers(context, commonOptions(self, context.environment)));
  });

  const add = group
    .command('add')
    .description('make a node that was started with --join a member')
    .argument('<node>', 'its name and its address: n4=HOST:PORT', parseNamedNode)
    .option('--learner', 'it stays a learner, until member promote')
    .option('--no-wait', 'do not wait until it is a voter');
  addCommonOptions(add, addTexts);
  addExamples(add, [
    ['conclave member add n4=127.0.0.1:7104', 'a voter, once it has caught up'],
    ['conclave member add n4=127.0.0.1:7104 --learner', 'receives the log, and does not vote'],
  ]);
  add.addHelpText('after', joinHelp);
  add.action(async (node, own: { learner?: true; wait: boolean }, self: Command) => {
    const options = { ...commonOptions(self, context.environment), learner: own.learner ?? false, wait: own.wait };
    complete(await addMember(context, node, options));
  });

  const promote = group
    .command('promote')
    .description('make a learner a voter')
    .argument('<id>', 'of the learner', parseNodeId);
  addCommonOptions(promote, changeTexts);
  addExamples(promote, [['conclave member promote n4', 'it votes from now on']]);
  promote.action(async (id: string, _options: unknown, self: Command) => {
    complete(await promoteMember(context, id, commonOptions(self, context.environment)));
  });

  const remove = group
    .command('remove')
    .description('remove a member for good, also the leader')
    .argument('<id>', 'of the member', parseNodeId)
    .option('--yes', 'do not ask');
  addCommonOptions(remove, changeTexts);
  addExamples(remove, [
    ['conclave member remove n2', 'says what it would be to the cluster, and asks'],
    ['conclave member remove n2 --yes', 'for programs'],
  ]);
  remove.action(async (id: string, own: { yes?: true }, self: Command) => {
    const options = { ...commonOptions(self, context.environment), yes: own.yes ?? false };
    complete(await removeMember(context, id, options));
  });

  const replace = group
    .command('replace')
    .description('put a new node in the place of a voter, in one step')
    .argument('<id>', 'of the voter that leaves', parseNodeId)
    .argument('<node>', 'name and address of the new one: n4=HOST:PORT', parseNamedNode)
    .option('--yes', 'do not ask')
    .option('--no-wait', 'do not wait until it has taken the place');
  addCommonOptions(replace, addTexts);
  addExamples(replace, [
    ['conclave member replace n2 n4=127.0.0.1:7104', 'says what it would be to the cluster, and asks'],
    ['conclave member replace n2 n4=127.0.0.1:7104 --yes', 'for programs'],
  ]);
  replace.addHelpText(
    'after',
    `${joinHelp}\n\nA node whose directory was lost needs no command: start it with an empty one.`,
  );
  replace.action(async (id: string, node, own: { yes?: true; wait: boolean }, self: Command) => {
    const options = { ...commonOptions(self, context.environment), yes: own.yes ?? false, wait: own.wait };
    complete(await replaceMember(context, id, node, options));
  });
};
