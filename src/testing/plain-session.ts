import { emptyBytes } from '../wire/bytes.ts';
import type { OpenSession } from '../wire/operation.ts';

/** Of a session that cannot be resumed and says nothing of itself. */
export const plainSession: Pick<OpenSession, 'secret' | 'metadata'> = { secret: emptyBytes, metadata: [] };
