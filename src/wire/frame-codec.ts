export { decodeClientFrame, encodeClientFrame } from './client-frame-codec.ts';
export { decodeServerFrame, encodeServerFrame } from './server-frame-codec.ts';
