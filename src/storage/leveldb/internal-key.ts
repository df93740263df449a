/** Behind each key of the user: the number of the write, and in the lowest byte what it was. */
export const internalKeyTagBytes = 8;

/** As LevelDB sorts them: by the user's key, the newest first (1.20, db/dbformat.cc, InternalKeyComparator). Both have a tag. */
export function compareInternalKeys(a: Uint8Array, b: Uint8Array): number {
  const [aEnd, bEnd] = [a.length - internalKeyTagBytes, b.length - internalKeyTagBytes];
  const byUserKey = Buffer.compare(a.subarray(0, aEnd), b.subarray(0, bEnd));
  if (byUserKey !== 0) return byUserKey;
  for (let at = internalKeyTagBytes - 1; at >= 0; at--) {
    const difference = (b[bEnd + at] as number) - (a[aEnd + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
