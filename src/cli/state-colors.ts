import type { MemberStatus } from './cluster-status.ts';
import type { Colors } from './output.ts';

export function paintOf(state: MemberStatus['state'], colors: Colors): (text: string) => string {
  switch (state) {
    case 'leader':
      return colors.green;
    case 'follower':
      return String;
    case 'learner':
      return colors.yellow;
    case 'stranger':
    case 'unreachable':
      return colors.red;
  }
}
