import { expect, test } from 'vitest';
import { abortError, ConclaveError } from '../../src/client/error.ts';
import { type ErrorCode, errorTable } from '../../src/wire/errors.ts';

test.each(Object.keys(errorTable) as ErrorCode[])('%s', (code) => {
  const error = new ConclaveError(code, 'message');
  expect(error).toMatchObject({
    code,
    message: 'message',
    retryable: errorTable[code].retryable,
    outcome: 'not-applied',
  });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(code === 'ABORTED' ? 'AbortError' : 'ConclaveError');
});

test('instanceof holds across copies of this package, and for nothing else', () => {
  const brand = Symbol.for('conclave.ConclaveError');
  const ofAnotherCopy = Object.assign(new Error('theirs'), { [brand]: true });
  expect(ofAnotherCopy).toBeInstanceOf(ConclaveError);
  expect(new ConclaveError('BUSY', 'ours')).toBeInstanceOf(ConclaveError);
  expect(new Error('another')).not.toBeInstanceOf(ConclaveError);
  for (const value of [null, undefined, 'text', 7]) expect(value).not.toBeInstanceOf(ConclaveError);
});

test('the reason of an abort is the cause', () => {
  const reason = new Error('because');
  expect(abortError(AbortSignal.abort(reason))).toMatchObject({ name: 'AbortError', code: 'ABORTED', cause: reason });
  expect(Object.keys(new ConclaveError('BUSY', ''))).not.toContain('cause');
});
