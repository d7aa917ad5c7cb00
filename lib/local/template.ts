/**
 * Reads a synthesized CloudFormation template: checks every resource against the allow-list of resource-types.ts
 * and replaces the intrinsic functions by what they stand for on this machine. Whatever it does not know is refused
 * with logical id, type and place; nothing is skipped.
 */
import * as z from "zod/mini";
import { ACCOUNT, REGION } from "./account.ts";
import { suffixOf, uuidOf } from "./deterministic.ts";
import { asText, intrinsics, noValue, type Resolve } from "./intrinsics.ts";
import { type Identity, type PropertiesOf, type ResourceTypeName, resourceTypes } from "./resource-types.ts";

export interface Resource<T extends ResourceTypeName = ResourceTypeName> {
  readonly logicalId: string;
  readonly type: T;
  /** Physical name: the one the template sets, else one generated from stack and logical id. */
  readonly name: string;
  /** What `Ref` and each `Fn::GetAtt` answer. */
  readonly identity: Identity;
  readonly properties: PropertiesOf<T>;
}

export interface Output {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export interface ResolvedTemplate {
  readonly stack: string;
  /** In the order of their logical ids. */
  readonly resources: readonly Resource[];
  readonly outputs: readonly Output[];
  /** All resources of one type, in the order of their logical ids. */
  ofType<T extends ResourceTypeName>(type: T): readonly Resource<T>[];
}

export interface TemplateOptions {
  readonly stack: string;
  /** Values for the template's own parameters. @default - each parameter's `Default` */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** @throws an error that names logical id, type and property for everything that the engine does not model. */
export function resolveTemplate(json: unknown, options: TemplateOptions): ResolvedTemplate {
  const template = readShape(json);
  const resolver = createResolver(template, options);
  const resources = Object.keys(template.Resources).sort().map(resolver.resource);
  const outputs = Object.entries(template.Outputs).map(([key, output]) => {
    const place = `output ${key}`;
    const { Name: exportName } = (output.Export ?? {}) as { Name?: unknown };
    return {
      key,
      value: asText(resolver.resolve(output.Value, place), place),
      ...(output.Description === undefined ? {} : { description: output.Description }),
      ...(exportName === undefined ? {} : { exportName: asText(resolver.resolve(exportName, place), place) }),
    };
  });
  return {
    stack: options.stack,
    resources,
    outputs,
    ofType: (type) =>
      resources.filter((resource): resource is Resource<typeof type> => resource.type === type),
  };
}

// --- the file ---

const attributes = {
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  DependsOn: z.optional(z.unknown()),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
  Metadata: z.optional(z.unknown()),
};
const shape = z.strictObject({
  AWSTemplateFormatVersion: z.optional(z.string()),
  Description: z.optional(z.string()),
  Metadata: z.optional(z.unknown()),
  Parameters: z._default(
    z.record(z.string(), z.looseObject({ Type: z.string(), Default: z.optional(z.unknown()) })),
    {},
  ),
  Rules: z.optional(z.strictObject({ CheckBootstrapVersion: z.unknown() })),
  Resources: z.record(z.string(), z.strictObject(attributes)),
  Outputs: z._default(
    z.record(
      z.string(),
      z.strictObject({
        Value: z.unknown(),
        Description: z.optional(z.string()),
        Export: z.optional(z.unknown()),
      }),
    ),
    {},
  ),
});
type Template = z.infer<typeof shape>;

function readShape(json: unknown): Template {
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(`The template has a part that the local engine does not model: ${issues(parsed.error)}`);
}

function issues(error: z.core.$ZodError): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.join(".");
      return issue.code === "unrecognized_keys"
        ? `${issue.keys.map((key) => (path === "" ? key : `${path}.${key}`)).join(", ")} is not modelled`
        : `${path}: ${issue.message}`;
    })
    .join("; ");
}

// --- resources ---

interface Resolver {
  readonly resource: (logicalId: string) => Resource;
  readonly resolve: Resolve;
}

function createResolver(template: Template, options: TemplateOptions): Resolver {
  const identities = new Map<string, { name: string; identity: Identity } | "in progress">();
  const pseudo: Readonly<Record<string, string | typeof noValue>> = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": options.stack,
    "AWS::StackId": stackId(options.stack),
    "AWS::NoValue": noValue,
  };

  const typeOf = (logicalId: string, place: string) => {
    const raw = template.Resources[logicalId];
    if (raw === undefined) throw new Error(`${place} names ${logicalId}, which is not in the template.`);
    const typeName = raw.Type as ResourceTypeName;
    if (!Object.hasOwn(resourceTypes, typeName))
      throw new Error(
        `${logicalId}: the local engine does not model resource type ${raw.Type}. Known types are in lib/local/resource-types.ts.`,
      );
    const type: { named?: string; identity: (name: string) => Identity; properties: z.ZodMiniType } =
      resourceTypes[typeName];
    return { typeName, type, raw };
  };

  const identify = (logicalId: string, place: string) => {
    const known = identities.get(logicalId);
    if (known === "in progress") throw new Error(`${place}: the name of ${logicalId} depends on itself.`);
    if (known !== undefined) return known;
    const { type, raw } = typeOf(logicalId, place);
    identities.set(logicalId, "in progress");
    const given = type.named === undefined ? undefined : raw.Properties[type.named];
    const own = `${logicalId}.${type.named}`;
    const name =
      given === undefined
        ? `${options.stack}-${logicalId}-${suffixOf(options.stack, logicalId)}`
        : asText(resolve(given, own), own);
    const identified = { name, identity: type.identity(name) };
    identities.set(logicalId, identified);
    return identified;
  };

  const parameterValue = (name: string, place: string): unknown => {
    const { Type, Default } = template.Parameters[name] ?? { Type: "" };
    // The default of a parameter that is read from Parameter Store is a name there, not a value.
    const value = options.parameters?.[name] ?? (Type.startsWith("AWS::SSM::") ? undefined : Default);
    if (value === undefined) throw new Error(`${place} needs a value for template parameter ${name}.`);
    return value;
  };

  const resolve = intrinsics({
    ref: (name, place) => {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (Object.hasOwn(template.Parameters, name)) return parameterValue(name, place);
      return identify(name, place).identity.Ref;
    },
    attribute: (logicalId, name, place) => {
      const value = name === "Ref" ? undefined : identify(logicalId, place).identity[name];
      if (value !== undefined) return value;
      const { typeName } = typeOf(logicalId, place);
      throw new Error(`${place}: ${logicalId} (${typeName}) has no attribute ${name} here.`);
    },
  });

  const resource = (logicalId: string): Resource => {
    const { typeName, type, raw } = typeOf(logicalId, logicalId);
    const parsed = type.properties.safeParse(resolve(raw.Properties, `${logicalId} (${typeName})`));
    if (!parsed.success) throw new Error(`${logicalId} (${typeName}): ${issues(parsed.error)}.`);
    return {
      logicalId,
      type: typeName,
      ...identify(logicalId, logicalId),
      properties: parsed.data as Resource["properties"],
    };
  };

  return { resource, resolve };
}

/** The stack's ARN, the same on every run. */
export function stackId(stack: string): string {
  return `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/${uuidOf("stack", stack)}`;
}
