/** Whether a path, from the folder of `.dockerignore` on, stays out of what an image is built from. The last line that fits decides. */
export function createIgnored(text: string): (path: string) => boolean {
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  const rules = lines.map((line) => ({ isException: line.startsWith("!"), pattern: patternOf(line.replace(/^!/, "").trim()) }));
  return (path) => {
    const last = rules.findLast(({ pattern }) => pattern.test(path));
    return last !== undefined && !last.isException;
  };
}

/** A line that fits a folder fits whatever is in it. */
function patternOf(line: string): RegExp {
  const pieces = line.split(/(\*\*\/|\*\*|\*|\?)/).map((piece) => WILDCARDS[piece] ?? piece.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pieces.join("")}(/.*)?$`);
}

const WILDCARDS: Readonly<Record<string, string>> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };
