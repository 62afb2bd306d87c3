import type { Account } from "./stub-linkup.ts";
import type { Wearer } from "./wearer.ts";

/** Lives in Nepal, at a quarter of an hour. */
export const WEARER: Wearer = {
  patientId: "5d1c4b7e-6f0a-11ee-b962-0242ac120002",
  firstName: "Asha",
  lastName: "Gurung",
  utcOffsetMinutes: 345,
  graphStepSeconds: 300,
  phaseSeconds: 7,
};

export const FOLLOWER: Account = {
  email: "follower@example.org",
  password: "stub-password-4711",
  region: "eu2",
  userId: "0b6f3f1c-5b0f-4f0e-9a51-7b3b4a4f7e10",
  follows: [WEARER],
};
