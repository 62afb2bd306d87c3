/** Somebody with an account at the vendor's. */
export interface SimulatedUser {
  /** What stands in the list of the login page. Names a person: the same one under the same seed. */
  readonly name: string;
  readonly about: string;
  readonly generation: "g6" | "g7";
  /** A receiver's display time has no offset, and its records come in bulk. */
  readonly displayDevice: "iOS" | "android" | "receiver";
  /** From a measurement to its being shown; of a receiver, from its upload. */
  readonly publicationDelaySeconds: number;
  /** Seconds since the epoch: what the account holds begins here, inclusive. */
  readonly from: number;
  /** Exclusive; `null`: goes on. Equal to `from`: an account without data. */
  readonly to: number | null;
}
