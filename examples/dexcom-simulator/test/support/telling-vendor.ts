/** Glucose that nobody here has by chance: what every page tells, in either unit, and what no body can have. */
export const TOLD_VALUES = { mgdl: "373", mmoll: "20.7", implausible: "1373" } as const;

/** In which the vendor quotes readings and tokens in whatever else it says. */
export type Mood =
  | "well"
  | "mouthy_400"
  | "mouthy_401"
  | "mouthy_500"
  | "mouthy_page"
  | "half_a_page"
  | "mouthy_token_400"
  | "mouthy_token_500";

export interface TellingVendor {
  readonly between: (vendor: typeof fetch) => typeof fetch;
  mood: Mood;
  /** Puts another client secret in the place of each that is sent. */
  clientSecret: string | null;
  /** How the vendor names the account of the last page. */
  readonly accountId: () => string;
  /** What the vendor was asked for with, and what it said, is noted. */
  readonly heard: ReadonlySet<string>;
}

const EVERY_NTH_IS_IMPLAUSIBLE = 40;

/** Between a service and its vendor: every value in a page becomes one that is looked for, and moods come over the vendor. */
export function createTellingVendor(): TellingVendor {
  const heard = new Set<string>();
  let accountId = "";
  let values = 0;

  const toldValue = (value: string): string => {
    if (++values % EVERY_NTH_IS_IMPLAUSIBLE === 0) return TOLD_VALUES.implausible;
    return value.includes(".") ? TOLD_VALUES.mmoll : TOLD_VALUES.mgdl;
  };

  const vendor: TellingVendor = {
    mood: "well",
    clientSecret: null,
    accountId: () => accountId,
    heard,
    between: (ask) => async (input, init) => {
      const sent = new Request(input, init);
      const isForToken = sent.url.endsWith("/token");
      const form = new URLSearchParams(isForToken ? await sent.text() : "");
      for (const name of ["code", "refresh_token", "client_secret"]) if (form.has(name)) heard.add(form.get(name) ?? "");
      const bearer = (sent.headers.get("authorization") ?? "").replace("Bearer ", "");
      if (bearer !== "") heard.add(bearer);
      const quoted = `EGV "value":${TOLD_VALUES.mgdl}, (${TOLD_VALUES.mmoll} mmol/L) for ${bearer}${form} ${btoa(`Bearer ${bearer}`)}`;
      if (isForToken) {
        if (vendor.mood === "mouthy_token_400") return told(400, { error: "invalid_request", error_description: quoted });
        if (vendor.mood === "mouthy_token_500") return told(503, { error: quoted });
        if (vendor.clientSecret !== null) form.set("client_secret", vendor.clientSecret);
        return ask(input, { ...init, body: form });
      }
      const answer = await ask(input, init);
      const said = (await answer.text()).replace(/(?<="value":)-?\d+(?:\.\d+)?/g, toldValue);
      accountId = /"userId":"([^"]+)"/.exec(said)?.[1] ?? accountId;
      switch (vendor.mood) {
        case "mouthy_400":
          return told(400, { error: quoted });
        case "mouthy_401":
          return told(401, { fault: { faultstring: quoted } });
        case "mouthy_500":
          return told(500, { error: quoted });
        case "mouthy_page":
          return told(200, {
            recordType: quoted,
            userId: accountId,
            records: [quoted, { systemTime: quoted, value: quoted, unit: quoted }],
          });
        case "half_a_page":
          return new Response(said.slice(0, (said.length * 2) / 3));
        case "well":
        case "mouthy_token_400":
        case "mouthy_token_500":
          return new Response(said, { status: answer.status, headers: answer.headers });
      }
    },
  };
  return vendor;
}

function told(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
