import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** The last byte that one write unit pays for. */
export const WRITE_UNIT_BYTES = 1_024;

/**
 * As DynamoDB counts: the UTF-8 bytes of every attribute's name and of its value; a number takes a byte and one for every two digits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes({ S, N, B }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  throw new Error("No day holds anything else.");
}
