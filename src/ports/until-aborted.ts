/**
 * What `work` gives, or `signal.reason` at once when that aborts first: then `cancel` is called, and what becomes of
 * `work` is nobody's concern, because some servers take no notice of being asked to stop.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, cancel = () => {}): Promise<T> {
  let give = () => {};
  const aborted = new Promise<never>((_, reject) => {
    give = () => {
      cancel();
      reject(signal.reason);
    };
  });
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
