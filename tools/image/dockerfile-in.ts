/** The one Dockerfile that a page shows. */
export function dockerfileIn(page: string): string {
  const blocks = [...page.matchAll(/^```dockerfile\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const [only] = blocks;
  if (only === undefined || blocks.length > 1) throw new Error(`The page shows ${blocks.length} Dockerfiles; it has to be one.`);
  return only;
}
