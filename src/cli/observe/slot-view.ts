import { configurationOf } from '../../paxos/configuration-codec.ts';
import type { ChosenSlot } from '../../rpc/inspection-client.ts';
import { AssertionFailure } from '../../wire/assert.ts';
import type { Operation } from '../../wire/operation.ts';
import { decodeOperations } from '../../wire/operation-codec.ts';
import { WireFormatError } from '../../wire/protobuf.ts';
import { printable } from '../output.ts';
import { operationJson, operationText } from './operation-view.ts';

type SlotContent =
  | { readonly kind: 'members'; readonly members: readonly string[] }
  /** Without any it is a no-op, which fills a hole. */
  | { readonly kind: 'operations'; readonly operations: readonly Operation[] }
  /** Of a later version, as it seems. */
  | { readonly kind: 'undecodable'; readonly problem: string };

/** A slot, as programs are told. */
export function slotJson(chosen: ChosenSlot): Record<string, unknown> {
  const { slot, value } = chosen;
  const content = contentOf(chosen);
  return {
    slot,
    bytes: value.length,
    members: content.kind === 'members' ? content.members : null,
    operations: content.kind === 'operations' ? content.operations.map(operationJson) : [],
    problem: content.kind === 'undecodable' ? content.problem : null,
  };
}

/** A line for each operation: slot, session and number of the command, and what it is. */
export function slotLines(chosen: ChosenSlot): readonly string[] {
  const { slot } = chosen;
  const content = contentOf(chosen);
  switch (content.kind) {
    case 'members':
      return [printable(`${slot} - members ${content.members.join(' ')}`)];
    case 'undecodable':
      return [printable(`${slot} - undecodable: ${content.problem}`)];
    case 'operations':
      if (content.operations.length === 0) return [`${slot} - no-op`];
      return content.operations.map(({ command, body }) => {
        const origin = command === undefined ? '-' : `${command.sessionId}#${command.sequence}`;
        return printable(`${slot} ${origin} ${operationText(body)}`);
      });
  }
}

function contentOf({ slot, value }: ChosenSlot): SlotContent {
  try {
    const configuration = configurationOf(slot, value);
    if (configuration !== undefined) {
      return { kind: 'members', members: configuration.members.map(({ nodeId }) => nodeId) };
    }
    return { kind: 'operations', operations: decodeOperations(value) };
  } catch (error) {
    if (error instanceof WireFormatError || error instanceof AssertionFailure) {
      return { kind: 'undecodable', problem: error.message };
    }
    throw error;
  }
}
