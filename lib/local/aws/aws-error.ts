/**
 * An error as an AWS service answers it. Thrown by a service handler, it reaches the caller's SDK as the
 * modelled exception of that name; anything else that is thrown is a defect of this engine.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  /**
   * @param code the shape name of the service's model, for example `ParameterNotFound`; the SDK throws the class
   *   of that name.
   * @param message what the operator reads.
   * @param status HTTP status. @default 400
   */
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** What AWS has and this engine has not. @param operation its name, and the member of its input if that is it. */
export function unsupported(service: string, operation: string): AwsError {
  return new AwsError(
    "UnknownOperationException",
    `The local engine does not model ${service}:${operation}. Add it in lib/local/aws, or do not call it.`,
    501,
  );
}
