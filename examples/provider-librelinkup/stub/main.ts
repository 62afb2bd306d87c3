// LibreLinkUp on this machine, for trying things out: `node stub/main.ts [port]`.
import { serveStub } from "./serve.ts";
import { createStubLinkUp } from "./stub-linkup.ts";
import { FOLLOWER } from "./town.ts";

const stub = createStubLinkUp({ nowMs: Date.now, accounts: [FOLLOWER] });
const { url, server } = await serveStub(stub, Number(process.argv[2] ?? 0));
console.log(`LIBRELINKUP_API_URL=${url}/global LIBRELINKUP_REGION_URL=${url}/{region}`);
console.log(`Log in as ${FOLLOWER.email} with the password ${FOLLOWER.password}`);
process.once("SIGTERM", () => server.close());
