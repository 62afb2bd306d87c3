import { expect, it } from "vitest";
import type { SimulatedUser } from "../people/simulated-user.ts";
import { createWearer } from "../people/wearer.ts";
import { createRecordLibrary } from "./record-library.ts";

const user: SimulatedUser = {
  name: "ada",
  about: "",
  generation: "g7",
  displayDevice: "iOS",
  publicationDelaySeconds: 3_600,
  from: 0,
  to: null,
};

it("makes a day once, keeps it while it is asked for, forgets it for newer ones and when it is told to", () => {
  const made: number[] = [];
  const among = <F>(_faults: readonly F[], _user: string, from: number): readonly F[] => {
    made.push(from / 86_400);
    return [];
  };
  const library = createRecordLibrary({ among, shareAt: () => 0 });
  const wearer = createWearer(1, user);
  const ada = { ...wearer, sensor: { ...wearer.sensor, cadenceSeconds: 21_600 } };
  const first = library.day(ada, 20_000);
  for (let day = 20_001; day < 20_500; day++) {
    library.day(ada, day);
    expect(library.day(ada, 20_000)).toBe(first);
  }
  expect(made.filter((day) => day === 20_000)).toHaveLength(1);
  for (let day = 20_500; day < 21_100; day++) library.day(ada, day);
  expect(library.day(ada, 20_000)).toEqual(first);
  expect(made.filter((day) => day === 20_000)).toHaveLength(2);
  library.forget();
  library.day(ada, 20_000);
  expect(made.filter((day) => day === 20_000)).toHaveLength(3);
});
