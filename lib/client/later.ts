/** Runs a function later, unless the returned one is called before; must not keep the process alive. */
export type After = (ms: number, run: () => void) => () => void;

export const laterUnreferenced: After = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

/** The result of the work, or a rejection if it takes longer. Work that never ends holds nobody up. */
export async function inTime<T>(work: Promise<T>, ms: number, after: After): Promise<T> {
  let cancel = () => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = after(ms, () => reject(new Error(`took longer than ${ms} ms`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
