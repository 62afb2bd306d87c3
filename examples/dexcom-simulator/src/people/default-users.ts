import type { SimulatedUser } from "./simulated-user.ts";

const HOUR = 3_600;
const DAY = 86_400;
const HISTORY_DAYS = 90;
/** The sandbox's people wore their sensors in the summer of 2023. */
const SANDBOX = { from: Date.UTC(2023, 5, 1) / 1000, to: Date.UTC(2023, 8, 1) / 1000 } as const;

/** The people of the login page. Who goes on living has 90 days behind them. */
export function defaultUsers(nowMs: number): readonly SimulatedUser[] {
  const from = Math.floor(nowMs / 1000 / DAY) * DAY - HISTORY_DAYS * DAY;
  const living = { from, to: null };
  return [
    {
      ...living,
      name: "ada",
      about: "G7, iPhone, United States: shown after 1 hour",
      generation: "g7",
      displayDevice: "iOS",
      publicationDelaySeconds: HOUR,
    },
    {
      ...living,
      name: "ben",
      about: "G6, Android, outside the United States: shown after 3 hours",
      generation: "g6",
      displayDevice: "android",
      publicationDelaySeconds: 3 * HOUR,
    },
    {
      ...living,
      name: "cleo",
      about: "G6 receiver: uploaded in bulk, days or weeks at once",
      generation: "g6",
      displayDevice: "receiver",
      publicationDelaySeconds: 0,
    },
    {
      ...SANDBOX,
      name: "SandboxUser6",
      about: "G6, all data in the summer of 2023",
      generation: "g6",
      displayDevice: "android",
      publicationDelaySeconds: HOUR,
    },
    {
      ...SANDBOX,
      name: "SandboxUser7",
      about: "G7, all data in the summer of 2023",
      generation: "g7",
      displayDevice: "iOS",
      publicationDelaySeconds: HOUR,
    },
    {
      from,
      to: from,
      name: "nora",
      about: "an account without any data",
      generation: "g7",
      displayDevice: "iOS",
      publicationDelaySeconds: HOUR,
    },
  ];
}
