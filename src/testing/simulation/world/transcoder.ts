import type { PeerMessage } from '../../../replica/messages.ts';
import { decodePeerFrame, encodePeerFrame } from '../../../rpc/peer-codec.ts';
import type { ClientFrame, ServerFrame } from '../../../wire/frame.ts';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
} from '../../../wire/frame-codec.ts';
import { violated } from '../invariants/violation.ts';

/** What becomes of messages on their way. */
export interface Transcoder {
  peerMessage(message: PeerMessage): PeerMessage;
  clientFrame(frame: ClientFrame): ClientFrame;
  serverFrame(frame: ServerFrame): ServerFrame;
}

/** As in production: nothing but bytes travels, so that no two processes share memory. */
const encoded: Transcoder = {
  peerMessage(message) {
    const [copy] = decodePeerFrame(encodePeerFrame({ hello: undefined, messages: [message] })).messages;
    return copy ?? violated('messages survive their encoding', message.type);
  },
  clientFrame: (frame) => decodeClientFrame(encodeClientFrame(frame)),
  serverFrame: (frame) => decodeServerFrame(encodeServerFrame(frame)),
};

/** The objects themselves: faster. */
const direct: Transcoder = {
  peerMessage: (message) => message,
  clientFrame: (frame) => frame,
  serverFrame: (frame) => frame,
};

export function transcoderFor(encodes: boolean): Transcoder {
  return encodes ? encoded : direct;
}
