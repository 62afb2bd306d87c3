import { formatInstant, TRUSTED } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { createHttpApp } from "../../../packages/http-host/src/http/app.ts";
import { createDeadlines } from "../../../packages/http-host/src/http/deadlines.ts";
import { rangeRoute } from "../../../packages/http-host/src/http/routes/range.ts";
import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { measureRatio, noteOf } from "../harness/ratio.ts";
import { createReadingHttpDeps } from "../stage/http-deps.ts";
import { systemClock } from "../stage/ingest-deps.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import type { ServedPerson } from "../stage/served-people.ts";
import { silentLogger } from "../stage/silent-logger.ts";
import { openTextbookTable } from "../stage/textbook-table.ts";
import { storeTwice } from "../stage/twice-stored.ts";

const READINGS = 25_920;
const PEOPLE = 8;

/** 90 days of somebody, from what is stored to the body of the answer. */
export const rangeInProcess: Figure = {
  name: "range-in-process",
  measure: ({ isQuick }) =>
    withScratch(async (directory) => {
      const store = openScratchStore(directory);
      const table = openTextbookTable(directory);
      const people = await storeTwice(store, table, { people: PEOPLE, readingsEach: READINGS });
      const deps = createReadingHttpDeps(store, silentLogger);
      const app = createHttpApp(deps);
      const route = rangeRoute(deps, createDeadlines(30, systemClock));

      const scanned = ({ userId, span }: ServedPerson): string =>
        JSON.stringify(table.scan(userId, formatInstant(span.from), formatInstant(span.to)));
      const answered = async ({ userId, span }: ServedPerson): Promise<string> => {
        const query = { from: formatInstant(span.from), to: formatInstant(span.to) };
        const answer = await route.answer({ params: { userId }, query, headers: {} } as unknown as FastifyRequest, TRUSTED);
        return answer._unsafeUnwrap().body as string;
      };
      const injected = ({ userId, span }: ServedPerson) =>
        app.inject({
          url: `/api/bg/${userId}?from=${formatInstant(span.from)}&to=${formatInstant(span.to)}`,
          headers: { host: "localhost" },
        });

      for (const person of people) {
        const expected = scanned(person);
        if ((await injected(person)).body !== expected || String(await answered(person)) !== expected) {
          throw new Error("The two sides do not answer the same.");
        }
      }
      const rounds = isQuick ? { warmUp: 5, counted: 9 } : { warmUp: 20, counted: 81 };
      const prepare = (round: number): ServedPerson => people[round % PEOPLE] as ServedPerson;
      const own = await measureRatio({ prepare, subject: answered, baseline: scanned }, rounds);
      const whole = await measureRatio({ prepare, subject: injected, baseline: scanned }, rounds);
      await app.close();
      await store.close();
      table.close();
      return [
        {
          what: `GET of 90 days (${READINGS} readings) inside the process, through fastify's inject ÷ row scan and JSON.stringify of the same rows`,
          value: whole.value,
          unit: "×",
          target: atMost(0.6),
          note: noteOf(whole),
        },
        {
          what: "of that, what the route does: query, decode, write, tag",
          value: own.value,
          unit: "×",
          target: null,
          note: noteOf(own),
        },
      ];
    }),
};
