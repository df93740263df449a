/** Among the trailers of a node's own refusal: a status alone could as well come from a connection that has failed. */
export const refusalKey = 'conclave-refusal';
