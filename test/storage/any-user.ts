/** Permissions do not bind the superuser, as whom tests run in many containers. */
export async function asAnyUser<T>(run: () => Promise<T>): Promise<T> {
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    if (isSuperuser) process.seteuid?.(0);
  }
}
