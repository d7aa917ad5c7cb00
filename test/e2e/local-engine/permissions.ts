import { mkdirSync } from "node:fs";
import { type AssemblyOnDisk, writeVariant } from "../../support/template-variant.ts";
import { type Denied, denial } from "../denied.ts";

/** Writes the assembly once more into a new directory, with a policy that denies a function's role something. */
export function writeDenied(
  assembly: AssemblyOnDisk,
  into: string,
  functionId: string,
  denied: Denied,
): string {
  mkdirSync(into);
  writeVariant(assembly, into, ({ Resources: resources }) => {
    const role = resources[functionId]?.Properties["Role"] as { "Fn::GetAtt": [string, string] };
    const [roleId] = role["Fn::GetAtt"];
    resources["WithoutPermission"] = {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: "without-permission",
        Roles: [{ Ref: roleId }],
        PolicyDocument: { Version: "2012-10-17", Statement: [denial(denied)] },
      },
    };
  });
  return into;
}
