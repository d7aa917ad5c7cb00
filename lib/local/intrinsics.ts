/** The intrinsic functions of a template, as far as the stack uses them; any other is refused with its place. */

/** What the functions look things up in. `place` is what to name in an error. */
export interface Scope {
  /** What `Ref` answers; `noValue` drops the property or element that it stands for. */
  ref(name: string, place: string): unknown;
  attribute(logicalId: string, name: string, place: string): string;
}

export type Resolve = (value: unknown, place: string) => unknown;

/** What `AWS::NoValue` stands for. */
export const noValue = Symbol("AWS::NoValue");

/** @returns a function that replaces every intrinsic function in a value by what it stands for. */
export function intrinsics(scope: Scope): Resolve {
  const list = (value: unknown, place: string): unknown[] => {
    const resolved = resolve(value, place);
    if (Array.isArray(resolved)) return resolved;
    throw new Error(`${place} takes a list.`);
  };

  const attributeAt = (path: readonly string[], place: string) => {
    const [logicalId = "", ...names] = path;
    return scope.attribute(logicalId, names.join("."), place);
  };

  const functions: Readonly<Record<string, Resolve>> = {
    Ref: (name, place) => scope.ref(asText(name, place), place),
    "Fn::GetAtt": (path, place) =>
      attributeAt(typeof path === "string" ? path.split(".") : list(path, place).map(String), place),
    "Fn::Join": (argument, place) => {
      const [separator, parts] = argument as [string, unknown];
      return list(parts, place)
        .map((part) => asText(part, place))
        .join(separator);
    },
    "Fn::Select": (argument, place) => {
      const [index, values] = argument as [number | string, unknown];
      const selected = list(values, place)[Number(index)];
      if (selected === undefined) throw new Error(`${place}: there is no element ${index} to select.`);
      return selected;
    },
    "Fn::Split": (argument, place) => {
      const [separator, value] = argument as [string, unknown];
      return asText(resolve(value, place), place).split(separator);
    },
    "Fn::Sub": (argument, place) => {
      const [text, own] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, object];
      const variables = new Map(Object.entries(own));
      return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
        if (literal !== "") return `\${${name}}`;
        if (variables.has(name)) return asText(resolve(variables.get(name), place), place);
        return asText(
          name.includes(".") ? attributeAt(name.split("."), place) : scope.ref(name, place),
          place,
        );
      });
    },
  };

  const resolve: Resolve = (value, place) => {
    if (Array.isArray(value))
      return value.map((item, i) => resolve(item, `${place}.${i}`)).filter((item) => item !== noValue);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [key, argument] = entries[0] ?? ["", undefined];
    if (entries.length === 1 && (key === "Ref" || key.startsWith("Fn::"))) {
      const call = functions[key];
      if (call === undefined) throw new Error(`${place}: the local engine does not model ${key}.`);
      return call(argument, `${place} (${key})`);
    }
    return Object.fromEntries(
      entries
        .map(([name, inner]) => [name, resolve(inner, `${place}.${name}`)] as const)
        .filter(([, resolved]) => resolved !== noValue),
    );
  };
  return resolve;
}

/** Numbers and booleans are texts too, wherever CloudFormation takes a text. */
export function asText(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`${place} must come to a text, got: ${JSON.stringify(value)?.slice(0, 40)}.`);
}
