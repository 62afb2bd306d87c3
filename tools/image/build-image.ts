import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { type Instruction, pairsOf, parseDockerfile, type Stage, wordsOf } from "./dockerfile.ts";
import { createIgnored } from "./ignored.ts";
import { type Shown, startedInRoot } from "./in-root.ts";

/** What a container is started from: a folder in place of layers. */
export interface Image {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly volumes: readonly string[];
  readonly ports: readonly string[];
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface Building {
  /** What is built from: `COPY` without `--from` takes it from here, unless `.dockerignore` says otherwise. */
  readonly context: string;
  /** Where roots are made. */
  readonly folder: string;
  /** Images that are there already, by name. */
  readonly images: ReadonlyMap<string, Image>;
  /** What images of Node have in /usr/local. */
  readonly usrLocal: readonly Shown[];
  /** In place of every cache of a build. */
  readonly cache: string;
}

/** Of Debian, as the official images of Node say it. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Where a machine says from where, and through what, packages are fetched. */
const NETWORK = /^(https?_proxy|no_proxy|npm_config_registry|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;

/** Carries out a Dockerfile, step by step as it stands there. Throws where a step fails. */
export function buildImage(dockerfile: string, building: Building): Image {
  const stages = new Map<string, Image>();
  let last: Image | undefined;
  for (const stage of parseDockerfile(dockerfile)) {
    last = stage.instructions.reduce((image, instruction) => carryOut(instruction, image, stages, building), baseOf(stage, building));
    if (stage.name !== null) stages.set(stage.name, last);
  }
  if (last === undefined) throw new Error("There is no FROM.");
  return last;
}

function baseOf({ base }: Stage, { folder, images }: Building): Image {
  const root = mkdtempSync(join(folder, "root-"));
  const found = images.get(base);
  if (found !== undefined) {
    execFileSync("cp", ["-a", `${found.root}/.`, root]);
    return { ...found, root };
  }
  const [, version] = /^node:(\d+\.\d+\.\d+)-bookworm-slim$/.exec(base) ?? [];
  if (version !== process.versions.node)
    throw new Error(`FROM ${base}: here is Node ${process.versions.node}, and no engine to fetch that.`);
  mkdirSync(join(root, "tmp"));
  const nothing = { user: "0:0", volumes: [], ports: [], entrypoint: [], healthcheck: [] };
  return { root, environment: { PATH, NODE_VERSION: version }, workdir: "/", ...nothing };
}

function carryOut(instruction: Instruction, image: Image, stages: ReadonlyMap<string, Image>, building: Building): Image {
  const { keyword, rest } = instruction;
  switch (keyword) {
    case "COPY":
      copy(instruction, image, stages, building);
      return image;
    case "RUN":
      run(instruction, image, building);
      return image;
    case "WORKDIR":
      mkdirSync(join(image.root, rest), { recursive: true });
      return { ...image, workdir: rest };
    case "ENV":
      return { ...image, environment: { ...image.environment, ...pairsOf(instruction) } };
    case "USER":
      return { ...image, user: rest };
    case "VOLUME":
      return { ...image, volumes: [...image.volumes, ...wordsOf(instruction)] };
    case "EXPOSE":
      return { ...image, ports: [...image.ports, rest] };
    case "ENTRYPOINT":
      return { ...image, entrypoint: wordsOf(instruction) };
    case "HEALTHCHECK":
      return { ...image, healthcheck: wordsOf({ ...instruction, rest: rest.replace(/^CMD\s+/, "") }) };
    case "LABEL":
      return image;
    default:
      throw new Error(`${keyword} is not carried out here.`);
  }
}

function copy({ flags, rest }: Instruction, image: Image, stages: ReadonlyMap<string, Image>, { context }: Building): void {
  const words = rest.split(/\s+/);
  const to = inside(image, words.at(-1) ?? "");
  const fromStage = flags.get("from");
  const from = fromStage === undefined ? context : stages.get(fromStage)?.root;
  if (from === undefined) throw new Error(`COPY --from=${fromStage}: there is no such stage.`);
  const filter = fromStage === undefined ? contextFilter(context) : () => true;
  for (const word of words.slice(0, -1)) {
    const source = join(from, word);
    const target = statSync(source).isDirectory() || !to.endsWith("/") ? to : join(to, word);
    cpSync(source, target, { recursive: true, filter, verbatimSymlinks: true });
  }
}

function inside({ root, workdir }: Image, path: string): string {
  return isAbsolute(path) ? join(root, path) : `${join(root, workdir, path)}${path.endsWith("/") ? "/" : ""}`;
}

/** Folders are gone into although a line leaves them out, for a later one may take something in them; what is then empty does no harm. */
function contextFilter(context: string): (path: string) => boolean {
  const isIgnored = createIgnored(readFileSync(join(context, ".dockerignore"), "utf8"));
  return (path) => {
    const name = relative(context, path);
    if (name === "" || !isIgnored(name)) return true;
    return statSync(path).isDirectory() && !/(^|\/)(node_modules|\.git)$/.test(name);
  };
}

/** As the user 1000, which a build by an engine need not be: what works without rights works with them. */
function run({ flags, rest }: Instruction, { root, workdir, environment }: Image, { usrLocal, cache }: Building): void {
  const caches = cachesOf(flags).map((place): Shown => [cache, place]);
  const shown: readonly Shown[] = [...usrLocal, [homedir(), "/root"], ...caches];
  const [file, words] = startedInRoot({ root, workdir, readOnly: false, shown, command: ["sh", "-c", rest] });
  const network = Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name)));
  execFileSync(file, words, { env: { ...network, ...environment, HOME: "/root", CI: "true" }, stdio: ["ignore", "inherit", "inherit"] });
}

function cachesOf(flags: ReadonlyMap<string, string>): readonly string[] {
  const mount = flags.get("mount");
  if (mount === undefined) return [];
  const [, target] = /^type=cache,.*target=([^,]+)$/.exec(mount) ?? [];
  if (target === undefined) throw new Error(`RUN --mount=${mount} is not known here.`);
  return [target];
}
