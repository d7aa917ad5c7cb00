/** What a role is not to do for a while. */
export interface Denied {
  readonly action: string;
  /** Only with items that have these partition keys. @default - whatever it is done to */
  readonly partitionKeys?: readonly string[];
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The policy that denies it, whatever other policies allow. */
export function denial({ action, partitionKeys }: Denied): Statement {
  return {
    Effect: "Deny",
    Action: action,
    Resource: "*",
    ...(partitionKeys !== undefined && {
      Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitionKeys } },
    }),
  };
}
