/** Exit codes of the CLI; they are API. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unhealthy: 3, refused: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Each command hands its exit code over here when it ends. */
export type Ended = (code: ExitCode) => void;
