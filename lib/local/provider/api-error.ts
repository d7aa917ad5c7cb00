/** An error that the API answers with; everything the client's library needs to map it to its class. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly details: { readonly error_code: string } | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    type: string,
    message: string,
    extra: { readonly errorCode?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = extra.errorCode === undefined ? undefined : { error_code: extra.errorCode };
    this.headers = extra.headers ?? {};
  }

  /** The documented error body (errors page, read 2026-09-02). */
  body(requestId: string | null): string {
    return JSON.stringify({
      type: "error",
      error: {
        type: this.type,
        message: this.message,
        ...(this.details === undefined ? {} : { details: this.details }),
      },
      request_id: requestId,
    });
  }
}

/** 400: the request itself is wrong; `message` begins with the path of the field. */
export function invalidRequest(message: string): ApiError {
  return new ApiError(400, "invalid_request_error", message);
}
