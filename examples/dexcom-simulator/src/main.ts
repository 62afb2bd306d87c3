import { parseArgs } from "node:util";
import { parseFaults } from "./faults/parse-faults.ts";
import { DEFAULT_CLIENT } from "./oauth/registered-client.ts";
import { type DexcomServer, startDexcomSimulator } from "./server/start-dexcom-simulator.ts";
import { whatToOpen } from "./server/what-to-open.ts";

const { values } = parseArgs({
  // pnpm hands over the dashes that end its own options.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    port: { type: "string", default: "8090" },
    seed: { type: "string", default: "1" },
    faults: { type: "string", default: "everyday" },
    "redirect-uri": { type: "string", default: DEFAULT_CLIENT.redirectUris[0] ?? "" },
  },
});

const faults = parseFaults(values.faults);
if (faults.isErr()) refuse(faults.error);
else {
  const client = { ...DEFAULT_CLIENT, redirectUris: [values["redirect-uri"]] };
  const server = await startDexcomSimulator({ port: Number(values.port), seed: values.seed, faults: faults.value, clients: [client] });
  if (server.isErr())
    refuse(`The simulator could not start on port ${values.port}: ${server.error.message}. Choose another one with --port.`);
  else {
    process.stdout.write(whatToOpen(server.value.url, client));
    stopOnSignal(server.value);
  }
}

function stopOnSignal(server: DexcomServer): void {
  const stop = async (): Promise<void> => {
    await server.stop();
    process.stdout.write("The simulator has stopped. It kept nothing.\n");
  };
  // Node itself reports and ends with what rejects here.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
