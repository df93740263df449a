/** Of a restored cluster: revisions are safe integers, and as many are left above it as lie below. In microseconds it is the year 2112. */
export const highestRevision: number = 2 ** 52;
