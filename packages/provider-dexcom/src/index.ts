export { provider } from "./dexcom-provider.ts";
