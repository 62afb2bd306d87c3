import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import template from "../cloudformation.json" with { type: "json" };
import { EXPIRY_ATTRIBUTE, tableDefinition } from "./table.ts";

/** What a request needs; a transaction needs what each of its actions needs. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  TransactWriteItems: ["PutItem", "UpdateItem", "DeleteItem"],
  // For development only.
  CreateTable: [],
  DescribeTimeToLive: [],
  UpdateTimeToLive: [],
};

describe("the CloudFormation template", () => {
  const { Table, ServicePolicy } = template.Resources;

  it("makes the same table as the service does in development", () => {
    expect(Table.Properties).toMatchObject({ ...tableDefinition("any"), TableName: { Ref: "TableName" } });
    expect(Table.Properties.TimeToLiveSpecification).toEqual({ AttributeName: EXPIRY_ATTRIBUTE, Enabled: true });
  });

  it("keeps the data of a table that is deleted or replaced by mistake", () => {
    expect(Table).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    expect(Table.Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it("allows the service what it asks for, and nothing else", () => {
    const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    const code = sources.map((name) => readFileSync(join(import.meta.dirname, name), "utf8")).join("\n");
    const asked = [...code.matchAll(/new (\w+)Command\(/g)].map(([, operation = ""]) => operation);
    const needed = new Set(asked.flatMap((operation) => RIGHTS[operation] ?? [operation]).map((action) => `dynamodb:${action}`));
    const [statement] = ServicePolicy.Properties.PolicyDocument.Statement;
    expect(statement?.Action).toEqual([...needed].sort());
  });
});
