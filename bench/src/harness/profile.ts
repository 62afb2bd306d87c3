import { type Profiler, Session } from "node:inspector/promises";

/** What was running how often, by file and, for what has none, by the nearest caller that has one. */
export interface Profile {
  /** Microseconds by file URL; what belongs to no file by its name in brackets, such as `(garbage collector)`. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

export async function startProfile(): Promise<Profile> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  return {
    async stop() {
      const { profile } = await session.post("Profiler.stop");
      session.disconnect();
      return byFile(profile);
    },
  };
}

function byFile({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ReadonlyMap<string, number> {
  const files = new Map<number, string>();
  const ids = new Map(nodes.map((node) => [node.id, node]));
  const name = (node: Profiler.ProfileNode, inherited: string): void => {
    const { url, functionName } = node.callFrame;
    const own = functionName.startsWith("(") ? functionName : url === "" ? inherited : url;
    files.set(node.id, own);
    for (const child of node.children ?? []) name(ids.get(child) as Profiler.ProfileNode, own);
  };
  if (nodes[0] !== undefined) name(nodes[0], "(root)");
  const spent = new Map<string, number>();
  for (const [i, sample] of samples.entries()) {
    const file = files.get(sample) ?? "(unknown)";
    spent.set(file, (spent.get(file) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return spent;
}
