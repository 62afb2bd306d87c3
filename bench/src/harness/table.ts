import { type Finding, isMet } from "./finding.ts";

/** Findings as lines of text: the number, its target, what it is; under it how sure it is. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = findings.map(
    (finding) => [finding.figure, verdict(finding), valueText(finding), targetText(finding), finding.what] as const,
  );
  const heads = ["figure", "", "value", "target", "what"] as const;
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] as string).length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd();
  const indent = " ".repeat(widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0));
  const body = rows.flatMap((row, i) => [line(row), `${indent}${(findings[i] as Finding).note}`]);
  return [line(heads), ...body].join("\n");
}

function verdict(finding: Finding): string {
  if (finding.target === null) return "";
  return isMet(finding) ? "met" : "MISSED";
}

function valueText({ value, unit }: Pick<Finding, "value" | "unit">): string {
  const text = Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
  return unit === "" ? text : `${text} ${unit}`;
}

function targetText({ target, unit }: Pick<Finding, "target" | "unit">): string {
  if (target === null) return "";
  return `${target.bound === "at_most" ? "≤" : "≥"} ${valueText({ value: target.value, unit })}`;
}
