/** How the application reaches AWS, where it is not as the AWS SDK finds it. */
export interface ClientAwsAccess {
  /** @default - as the AWS SDK finds it */
  readonly region?: string;
  /** @default - the service's own */
  readonly endpoint?: string;
  /** @default - as the AWS SDK finds them */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Few attempts and short timeouts: nothing of the application waits for these, and they come again. */
export const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { requestTimeout: 3_000, connectionTimeout: 1_000 },
} as const;

/** Loads when it is first asked for; what could not be loaded is tried again the next time. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  };
}
