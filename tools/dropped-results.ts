import { join } from "node:path";
import ts from "typescript-api";
import { type Finding, findingAt, ownFiles, programOf, report, repository } from "./source-program.ts";

/** Thenables that are meant to be left alone: fastify's reply is sent by `send()` and is awaited only to learn that it went out. */
const thenablesToLeave = new Set(["FastifyReply"]);

/** Results and promises that nobody looks at, and switches that a new kind would fall through. */
export function droppedResults(program: ts.Program): readonly Finding[] {
  const checker = program.getTypeChecker();
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const message = messageFor(node, checker);
    if (message !== undefined) findings.push(findingAt(node, message));
    ts.forEachChild(node, visit);
  };
  for (const file of ownFiles(program)) visit(file);
  return findings;
}

function messageFor(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (ts.isExpressionStatement(node)) return dropped(node.expression, checker);
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return droppedByCaller(node, checker);
  if (ts.isSwitchStatement(node)) return openSwitch(node, checker);
  return undefined;
}

function dropped(expression: ts.Expression, checker: ts.TypeChecker): string | undefined {
  const left = discarded(expression);
  if (left === undefined || isTestOfNode(left, checker)) return undefined;
  const kind = outcomeKind(checker.getTypeAtLocation(left), checker);
  if (kind === "result") return "this Result is dropped: handle its Err, or return it";
  if (kind === "promise") return "this promise is dropped: await it, return it, or write `void` and why";
  return undefined;
}

/** What `node:test` registers it waits for itself. */
function isTestOfNode(expression: ts.Expression, checker: ts.TypeChecker): boolean {
  const declaration = ts.isCallExpression(expression) ? checker.getResolvedSignature(expression)?.getDeclaration() : undefined;
  return /\/@types\/node\/test\.d\.ts$/.test(declaration?.getSourceFile().fileName ?? "");
}

/** The value that a statement throws away; nothing where it says so (`void`) or keeps it (an assignment). */
function discarded(expression: ts.Expression): ts.Expression | undefined {
  if (ts.isParenthesizedExpression(expression)) return discarded(expression.expression);
  if (ts.isVoidExpression(expression)) return undefined;
  if (ts.isBinaryExpression(expression)) {
    const operator = expression.operatorToken.kind;
    if (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment) return undefined;
  }
  return expression;
}

/** A callback whose caller expects nothing back: what it returns, nobody sees. */
function droppedByCaller(callback: ts.ArrowFunction | ts.FunctionExpression, checker: ts.TypeChecker): string | undefined {
  const expected = checker.getContextualType(callback)?.getCallSignatures() ?? [];
  if (expected.length === 0 || !expected.every((signature) => isVoid(signature.getReturnType()))) return undefined;
  const own = checker.getSignatureFromDeclaration(callback)?.getReturnType();
  const kind = own && outcomeKind(own, checker);
  if (kind === undefined) return undefined;
  return `the caller of this function drops the ${kind === "result" ? "Result" : "promise"} that it returns`;
}

const isVoid = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Void) !== 0;

function outcomeKind(type: ts.Type, checker: ts.TypeChecker): "result" | "promise" | undefined {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Never)) return undefined;
  const members = type.isUnion() ? type.types : [type];
  if (members.some(isResult)) return "result";
  return members.some((member) => isThenable(member, checker)) ? "promise" : undefined;
}

function isResult(type: ts.Type): boolean {
  const symbol = type.getSymbol();
  if (symbol === undefined || !["Ok", "Err", "ResultAsync"].includes(symbol.name)) return false;
  return symbol.declarations?.some((declaration) => declaration.getSourceFile().fileName.includes("/neverthrow/")) ?? false;
}

function isThenable(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (thenablesToLeave.has(type.getSymbol()?.name ?? "")) return false;
  const then = checker.getPropertyOfType(checker.getApparentType(type), "then");
  return then !== undefined && checker.getTypeOfSymbol(then).getCallSignatures().length > 0;
}

/** A switch over a closed set of literals names every one of them and has no `default`: a new one must break the build. */
function openSwitch(statement: ts.SwitchStatement, checker: ts.TypeChecker): string | undefined {
  const wanted = literals(checker.getTypeAtLocation(statement.expression));
  if (wanted === undefined) return undefined;
  const { clauses } = statement.caseBlock;
  if (clauses.some(ts.isDefaultClause)) return "this switch has a `default`, which would swallow a new case: name every case instead";
  const named = new Set(clauses.filter(ts.isCaseClause).map((clause) => printed(checker.getTypeAtLocation(clause.expression), checker)));
  const missing = wanted.map((type) => printed(type, checker)).filter((word) => !named.has(word));
  return missing.length > 0 ? `this switch leaves out ${missing.join(", ")}` : undefined;
}

/** The members of a closed set of literals; nothing for a type with members beyond counting, such as `string`. */
function literals(type: ts.Type): readonly ts.Type[] | undefined {
  const members = type.isUnion() ? type.types : [type];
  const countable = ts.TypeFlags.Literal | ts.TypeFlags.Undefined | ts.TypeFlags.Null;
  return members.every((member) => (member.flags & countable) !== 0) ? members : undefined;
}

/** `"live"` from a case clause and from the union are two types (one fresh, one not) with one printed form. */
const printed = (type: ts.Type, checker: ts.TypeChecker): string => checker.typeToString(type);

if (import.meta.main) {
  const program = programOf(join(repository, "tsconfig.json"));
  report(droppedResults(program), ownFiles(program).length, "dropped results");
}
