export { provider } from "./librelinkup-provider.ts";
