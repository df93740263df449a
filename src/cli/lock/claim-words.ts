import type { Claim } from './claim.ts';

/** What is said of a claim, in sentences and in events. */
export interface ClaimWords {
  readonly notFree: string;
  readonly late: string;
  readonly lost: string;
  readonly events: { readonly acquired: string; readonly released: string };
}

const lockEvents = { acquired: 'acquired', released: 'released' };

export function wordsOf(claim: Claim): ClaimWords {
  switch (claim.kind) {
    case 'locks': {
      const several = claim.names.length > 1;
      const subject = `the ${several ? 'locks' : 'lock'} ${claim.names.join(', ')}`;
      const [is, was] = several ? ['are not free', 'were'] : ['is held by another', 'was'];
      return {
        notFree: `${subject} ${is}`,
        late: `${subject} ${was} not granted in time`,
        lost: `${subject} ${was} lost while the command ran`,
        events: lockEvents,
      };
    }
    case 'permit':
      return {
        notFree: `no permit of ${claim.name} is free`,
        late: `no permit of ${claim.name} was granted in time`,
        lost: `the permit of ${claim.name} was lost while the command ran`,
        events: lockEvents,
      };
    case 'leadership':
      return {
        notFree: `another leads ${claim.name}`,
        late: `the election ${claim.name} was not won in time`,
        lost: `the leadership of ${claim.name} was lost while the command ran`,
        events: { acquired: 'elected', released: 'resigned' },
      };
  }
}
