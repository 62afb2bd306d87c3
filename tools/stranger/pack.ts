import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { packPackages } from "./pack-packages.ts";

// Packs every package that can be published into a folder: `npx pnpm@12 run pack <folder>`, `packed` unless another is named.
const folder = resolve(process.env["INIT_CWD"] ?? process.cwd(), process.argv[2] ?? "packed");
mkdirSync(folder, { recursive: true });
for (const tarball of packPackages(join(import.meta.dirname, "../.."), folder)) process.stdout.write(`${tarball}\n`);
