import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { closeSession, listSessions, openSession } from '../session/session-runs.ts';
import { parseTtl } from '../session/session-ttl.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const openHelp = `
The session lives as long as this command, which goes on until it is interrupted, or until no node answers for longer than --ttl.

Exit codes: 130 after Ctrl-C, 143 after TERM: the session is closed; 76 it has expired; 69 no cluster; 64 wrong usage.`;

interface WrittenOpening {
  readonly ttl?: number;
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const addSession: CommandModule = (parent, context, complete) => {
  const group = addCommonOptions(parent.command('session').description('open a session, list them, close one'));
  addExamples(group, [
    ['conclave session list', 'every session, and what it holds'],
    ['conclave session close 4711', 'ends it as if it had expired; asks first'],
    ['conclave session open --ttl 5s --name probe', 'until Ctrl-C'],
  ]);

  const open = group
    .command('open')
    .description('open a session, print its id, and keep it alive until Ctrl-C')
    .addOption(new Option('--ttl <duration>', 'how long it outlives this process (default: 10s)').argParser(parseTtl))
    .option('--name <text>', 'for operators: who is this?')
    .addOption(
      new Option(
        '--metadata <name=value>',
        'for operators: what else is there to know? May be given several times',
      ).argParser(addMetadata),
    );
  addCommonOptions(open, {
    timeout: 'how long to try until it is open (default: 5s in all)',
    json: 'print an event per line: {event,id}, opened, jeopardy, connected, expired',
  });
  addExamples(open, [
    ['conclave session open', '4711'],
    ['conclave session open --ttl 5s --name probe --metadata host=ops-1', 'for operators to see'],
  ]);
  open.addHelpText('after', openHelp);
  open.action(async (own: WrittenOpening, self: Command) => {
    const { ttl: ttlMs, name = 'conclave session open', metadata = {} } = own;
    complete(await openSession(context, { ...commonOptions(self, context.environment), ttlMs, name, metadata }));
  });

  const list = group.command('list').description('every session, and what it has, in the order of their opening');
  addCommonOptions(list, {
    json: 'print one session per line: {id,name,metadata,ttlMs,generation,ephemeralKeys,locks,waitingFor,truncated}',
  });
  addExamples(list, [
    ['conclave session list', 'a table'],
    ['conclave session list --json', 'for programs'],
  ]);
  list.action(async (_options: unknown, self: Command) => {
    complete(await listSessions(context, commonOptions(self, context.environment)));
  });

  const close = group
    .command('close')
    .description('end a session at once, as if it had expired, for an operator')
    .argument('<id>', 'of the session', parseSessionId)
    .option('--yes', 'do not ask');
  addCommonOptions(close, { json: 'print {closed,revision}' });
  addExamples(close, [
    ['conclave session close 4711', 'says what it holds, and asks'],
    ['conclave session close 4711 --yes', 'for programs'],
  ]);
  close.action(async (id: string, own: { yes?: true }, self: Command) => {
    complete(await closeSession(context, id, { ...commonOptions(self, context.environment), yes: own.yes ?? false }));
  });
};

function addMetadata(text: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It is written NAME=VALUE.');
  return { ...before, [text.slice(0, separator)]: text.slice(separator + 1) };
}

function parseSessionId(text: string): string {
  if (/^[1-9]\d{0,15}$/.test(text)) return text;
  throw new InvalidArgumentError('The id of a session is a number; session list shows it.');
}
