import { join } from "node:path";
import ts from "typescript-api";
import { type Finding, findingAt, ownFiles, programOf, report, repository } from "./source-program.ts";

/** What a pure function cannot have: the outside world comes in through the ports. */
const impureGlobals = new Set([
  "Buffer",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "require",
  "self",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);
const impureMembers: Readonly<Record<string, readonly string[]>> = { Date: ["now", "parse"], Math: ["random"], AbortSignal: ["timeout"] };
/** These answer differently from one machine's time zone and language to the next. */
const localDateMethod =
  /^(get(Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|TimezoneOffset|Year)|set(Date|FullYear|Hours|Milliseconds|Minutes|Month|Seconds)|toLocale\w*|toString|toDateString|toTimeString)$/;

/** Clocks, randomness, I/O and exceptions where only arithmetic belongs. A `try` or `throw` for a bug says so: `// bug: why`. */
export function impurities(program: ts.Program): readonly Finding[] {
  const checker = program.getTypeChecker();
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    const message = messageFor(node, checker);
    if (message !== undefined) findings.push(findingAt(node, message));
    ts.forEachChild(node, visit);
  };
  for (const file of ownFiles(program)) visit(file);
  return findings;
}

function messageFor(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (ts.isIdentifier(node) && impureGlobals.has(node.text) && isGlobal(node, checker) && !isComputation(node))
    return `${node.text} is not pure: take it as a port`;
  if (ts.isPropertyAccessExpression(node)) return impureMember(node, checker);
  if (ts.isNewExpression(node) && isGlobalNamed(node.expression, "Date", checker) && (node.arguments?.length ?? 0) !== 1)
    return "new Date() reads the machine's clock or time zone: take a Clock, or give it one number";
  if (ts.isCallExpression(node) && isGlobalNamed(node.expression, "Date", checker)) return "Date() reads the machine's clock: take a Clock";
  if ((ts.isTryStatement(node) || ts.isThrowStatement(node)) && !saysBug(node))
    return "the core answers with a Result; only a bug throws, and says why: `// bug: …`";
  return undefined;
}

/** `crypto.subtle` only computes; the random numbers of `crypto` are another matter. */
function isComputation(node: ts.Identifier): boolean {
  return node.text === "crypto" && ts.isPropertyAccessExpression(node.parent) && node.parent.name.text === "subtle";
}

function impureMember(node: ts.PropertyAccessExpression, checker: ts.TypeChecker): string | undefined {
  const owner = node.expression;
  if (ts.isIdentifier(owner) && impureMembers[owner.text]?.includes(node.name.text) && isGlobal(owner, checker))
    return `${owner.text}.${node.name.text} is not pure: take it as a port`;
  if (localDateMethod.test(node.name.text) && checker.getTypeAtLocation(owner).getSymbol()?.name === "Date")
    return `${node.name.text} depends on the machine's time zone or language`;
  return undefined;
}

const isGlobalNamed = (node: ts.Expression, name: string, checker: ts.TypeChecker): boolean =>
  ts.isIdentifier(node) && node.text === name && isGlobal(node, checker);

/** Declared by the language or the platform, or by nobody at all; a property of the same name is something else. */
function isGlobal(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if ((ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isBindingElement(parent)) && parent.name === node)
    return false;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node);
  return (symbol?.declarations ?? []).every((declaration) => declaration.getSourceFile().isDeclarationFile);
}

/** The reason stands on the line of the statement or on the lines just above it. */
function saysBug(node: ts.Node): boolean {
  const file = node.getSourceFile();
  const text = file.text;
  const above = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const endOfLine = text.indexOf("\n", node.getStart(file));
  const line = text.slice(node.getStart(file), endOfLine < 0 ? undefined : endOfLine);
  return [...above.map(({ pos, end }) => text.slice(pos, end)), line].some((comment) => /\/\/ bug: \S/.test(comment));
}

if (import.meta.main) {
  const program = programOf(join(repository, "packages/core/tsconfig.build.json"));
  // Contract suites fail by throwing, as test runners want it.
  const findings = impurities(program).filter(({ path }) => !path.includes("/src/testing/"));
  report(findings, ownFiles(program).length, "core purity");
}
