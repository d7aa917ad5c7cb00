/**
 * Whether a topic's policy lets CloudWatch publish. A topic without a policy of its own does, by default; one with
 * any statement only if a statement says so, which is how an enforce-SSL rule silently loses every alarm.
 */
export function allowsCloudWatch(policy: unknown): boolean {
  if (policy === undefined) return true;
  const statements = list((policy as { Statement?: unknown } | null)?.Statement);
  return statements.some((statement) => {
    const {
      Effect: effect,
      Principal: principal,
      Action: action,
    } = (statement ?? {}) as Record<string, unknown>;
    const services = list((principal as { Service?: unknown } | null)?.Service);
    const actions = list(action).map((name) => String(name).toLowerCase());
    return (
      effect === "Allow" &&
      (principal === "*" || services.includes("cloudwatch.amazonaws.com")) &&
      actions.some((name) => name === "sns:publish" || name === "sns:*" || name === "*")
    );
  });
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
