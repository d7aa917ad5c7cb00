import { type ClientAwsAccess, loadOnce, PATIENCE } from "./aws-access.ts";
import type { AdviceReader } from "./ttl-advice.ts";

export interface SsmAdviceReaderOptions extends ClientAwsAccess {
  /** `config.ttlAdviceParameter` of the construct, whose `grantReadAdvice` lets the process read it. */
  readonly parameterName: string;
}

/**
 * Reads the TTL advice from Parameter Store. The AWS SDK is loaded when it is first read, not when the application
 * starts.
 */
export function ssmAdviceReader({ parameterName, ...where }: SsmAdviceReaderOptions): AdviceReader {
  const opened = loadOnce(() => open(parameterName, where));
  return async () => {
    const read = await opened();
    return read();
  };
}

// --- internal ---

async function open(name: string, where: ClientAwsAccess): Promise<AdviceReader> {
  const { GetParameterCommand, ParameterNotFound, SSMClient } = await import("@aws-sdk/client-ssm");
  const client = new SSMClient({ ...where, ...PATIENCE });
  return async () => {
    try {
      const { Parameter: parameter } = await client.send(new GetParameterCommand({ Name: name }));
      return parameter?.Value;
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  };
}
