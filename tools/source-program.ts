import { dirname, join, relative } from "node:path";
import ts from "typescript-api";

/** One thing that a rule does not allow, at a place an editor can jump to. */
export type Finding = { readonly path: string; readonly line: number; readonly message: string };

export const repository = join(import.meta.dirname, "..");

/** Everything that a tsconfig names, parsed and typed. */
export function programOf(tsconfig: string): ts.Program {
  const { config, error } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(tsconfig));
  return ts.createProgram(fileNames, { ...options, noEmit: true });
}

/** The project's own files in a program: no libraries, no declarations. */
export function ownFiles(program: ts.Program): readonly ts.SourceFile[] {
  return program.getSourceFiles().filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && !fileName.includes("/node_modules/"));
}

export function findingAt(node: ts.Node, message: string): Finding {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { path: relative(repository, file.fileName), line: line + 1, message };
}

/** Prints what was found; the exit code says whether anything was. */
export function report(findings: readonly Finding[], filesRead: number, rule: string): void {
  for (const { path, line, message } of findings) console.log(`${path}:${line} ${message}`);
  console.log(`${rule}: ${filesRead} files read, ${findings.length} found`);
  process.exitCode = findings.length > 0 || filesRead === 0 ? 1 : 0;
}
