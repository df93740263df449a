import { cond } from '../../client/conditions.ts';
import type { Comparison, Condition } from '../../client/index.ts';
import { comparisonOf, counterValueOf, type Reading, readStatement, textOf, wholeNumberOf } from './statement-words.ts';
import type { Statement } from './written-transaction.ts';

/** How each condition is written, and what it is. */
const readings: Readonly<Record<string, Reading<Condition>>> = {
  exists: { form: 'exists KEY', read: ([key = '']) => cond.exists(key) },
  absent: { form: 'absent KEY', read: ([key = '']) => cond.absent(key) },
  value: {
    form: 'value KEY =|!=|<|> VALUE',
    read: ([key = '', sign, value = '']) => cond.value(key, comparisonOf(sign), value),
  },
  version: numbered('version', cond.version),
  createRevision: numbered('createRevision', cond.createRevision),
  modRevision: numbered('modRevision', cond.modRevision),
  owner: {
    form: 'owner KEY = SESSION|none',
    read: ([key = '', sign, session]) => {
      if (sign !== '=') throw new Error(`an owner is compared with =, not with ${textOf(sign)}`);
      const id = textOf(session);
      if (id !== 'none') wholeNumberOf(session, 1);
      return cond.owner(key, id === 'none' ? undefined : id);
    },
  },
  counter: {
    form: 'counter NAME =|!=|<|> NUMBER',
    read: ([name, sign, value]) => cond.counter(textOf(name), comparisonOf(sign), counterValueOf(value)),
  },
  lockHeld: {
    form: 'lockHeld NAME TOKEN',
    read: ([name, token]) => cond.lockHeld({ name: textOf(name), token: wholeNumberOf(token, 1) }),
  },
};

function numbered(
  name: string,
  make: (key: string | Uint8Array, comparison: Comparison, number: number) => Condition,
): Reading<Condition> {
  return {
    form: `${name} KEY =|!=|<|> NUMBER`,
    read: ([key = '', sign, number]) => make(key, comparisonOf(sign), wholeNumberOf(number)),
  };
}

export const conditionForms: readonly string[] = Object.values(readings).map(({ form }) => form);

/** @throws UsageFailure that names the place */
export function conditionOf(statement: Statement): Condition {
  return readStatement(statement, readings, 'condition');
}
