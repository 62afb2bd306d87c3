export interface ProblemKindEntry {
  readonly status: number;
  readonly title: string;
  /** What it means for the caller. */
  readonly meaning: string;
  readonly whatToDo: string;
  /** The same for somebody at a page, who sends no requests and reads no JSON; absent where `whatToDo` serves both. */
  readonly forPeople?: string;
}

/** Every error that this API answers with. docs/errors.md lists the same; a test holds the two together. */
export const PROBLEM_KINDS = {
  malformed_request: {
    status: 400,
    title: "The request is not HTTP as it should be",
    meaning: "The request could not be read as HTTP; nothing was done.",
    whatToDo: "Look at the client or at the proxy between: a request line, a header or a length is wrong.",
  },
  invalid_path: {
    status: 400,
    title: "A part of the path is not what has to stand there",
    meaning: "The user id, the provider's name or the percent-encoding in the path is not one; nothing was looked up.",
    whatToDo:
      "A user id is 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : @ -, and neither . nor .., a provider's name 2 to 32 of a–z 0–9 -, beginning with a letter.",
    forPeople: "Check the address, or begin again at /connect: there you say whose connections you mean.",
  },
  invalid_query: {
    status: 400,
    title: "A query parameter is unknown, given twice, missing or wrong",
    meaning: "The question is not clear, and a guess could show the wrong readings; nothing was looked up.",
    whatToDo: "`errors` names each parameter and what it should be.",
    forPeople: "Open the address without what stands behind the question mark.",
  },
  invalid_range: {
    status: 400,
    title: "The range cannot be served",
    meaning: "`from` lies after `to`, or the span is longer than this service gives in one answer. Nothing is ever cut silently.",
    whatToDo: "Put `from` before `to`, or ask for the span in pieces: ranges that meet add up, for `to` is exclusive.",
  },
  invalid_body: {
    status: 400,
    title: "The body is not what this call takes",
    meaning: "The body is not JSON, holds keys that are not allowed, or lacks fields; nothing was done.",
    whatToDo: "Send what /openapi.json says of this call. `fields`, where present, names those that are wrong.",
    forPeople: "Look at the fields of the form; load the page again if it has been open for long.",
  },
  authorization_unknown: {
    status: 400,
    title: "This was finished before, or never begun here",
    meaning:
      "An authorisation is good once and for ten minutes: this one is finished, or has taken too long, or was never begun here. Nothing was changed.",
    whatToDo: "Begin to connect again, and come back from the vendor's page within ten minutes.",
    forPeople:
      "If you have just connected, it worked: look at your connections. Else begin to connect again, and come back from the vendor's page within ten minutes.",
  },
  invalid_cursor: {
    status: 400,
    title: "The page cannot be found",
    meaning: "`after` is not what an earlier page gave as `next`.",
    whatToDo: "Begin again without `after`, and pass `next` on as it is.",
  },
  delivery_unreadable: {
    status: 400,
    title: "The delivery is signed rightly and cannot be read",
    meaning: "The body is not what the provider documents; nothing of it is stored. Polling brings what it held.",
    whatToDo:
      "Send the body that was signed, whole and unchanged. If it is, the vendor has changed its format: look for a newer provider package.",
  },
  credentials_missing: {
    status: 401,
    title: "This call needs credentials",
    meaning: "The service asks everybody who they are, and this call does not say. Nothing was looked up.",
    whatToDo: "Send `Authorization: Bearer` with a key of this service or a token of its issuer; docs/access.md says how to get one.",
    forPeople: "Open the page by a link from the application that sent you here.",
  },
  credentials_invalid: {
    status: 401,
    title: "These credentials are not taken",
    meaning: "They are no key of this service, or no token of its issuer for it, or no longer good. Nothing was looked up.",
    whatToDo: "`detail` says what is wrong. Get a new token, or ask whoever runs this service for a key.",
    forPeople: "Open the page by a new link from the application that sent you here.",
  },
  link_expired: {
    status: 401,
    title: "This link is no longer good",
    meaning:
      "A link to somebody's connections is good for ten minutes, the page that it opens for an hour, and both no longer than the key by which the link was made. Nothing of anybody was looked up.",
    whatToDo: "Open a new one: the application that gave you this one gives you another.",
  },
  delivery_refused: {
    status: 401,
    title: "Nobody here takes this delivery",
    meaning:
      "It is not signed as it has to be, or was signed too long ago, or is meant for somebody whom this service does not know; nothing of it is stored. Which of these it is strangers are not told.",
    whatToDo:
      "Check the address and the secret against those that were shown at connecting. Whoever runs this service finds the reason in its log.",
  },
  signature_missing: {
    status: 401,
    title: "The delivery is not signed",
    meaning: "Without a signature nobody can tell who sent it; nothing of it is stored.",
    whatToDo: "Send the signature headers that the provider documents. A proxy may have dropped them.",
  },
  signature_wrong: {
    status: 401,
    title: "The delivery was not signed with this source's secret",
    meaning: "It was altered on the way, or is meant for somebody else; nothing of it is stored.",
    whatToDo: "Sign the raw body, byte for byte, with the secret that was shown when this user connected, and send it to this user's URL.",
  },
  timestamp_outside_tolerance: {
    status: 401,
    title: "The delivery was signed too long ago, or in the future",
    meaning: "It may be a recorded delivery that somebody plays again; nothing of it is stored.",
    whatToDo: "Sign each attempt anew, and set the clocks of both machines.",
  },
  metrics_token_wrong: {
    status: 401,
    title: "The metrics take a token of their own",
    meaning: "METRICS_TOKEN is set, and the call does not bear it; nothing was looked up.",
    whatToDo: "Send `Authorization: Bearer` and the token. No other credential opens the metrics, and this one opens nothing else.",
  },
  another_browser: {
    status: 403,
    title: "This was begun in another browser",
    meaning: "Only the browser that began to connect may finish it. Nothing was changed, and what was begun is no longer good.",
    whatToDo:
      "Begin again and stay in one browser, with cookies allowed and under one address: localhost and 127.0.0.1 are two. If you did not begin it, somebody wanted you to connect them: close the page.",
  },
  consent_denied: {
    status: 403,
    title: "The consent was not given",
    meaning: "At the vendor's page somebody said no. The connection is as it was before.",
    whatToDo: "If that was not meant, begin to connect again and say yes.",
  },
  scope_missing: {
    status: 403,
    title: "The credentials do not allow this",
    meaning: "Every credential has scopes, and this call takes one that these lack. Nothing was looked up.",
    whatToDo: "Ask whoever gave out the credentials for some with the scope that `scope` names; docs/access.md says what each is for.",
    forPeople: "Ask the application that sent you here for a link that allows it.",
  },
  another_person: {
    status: 403,
    title: "The credentials are for the data of another person",
    meaning:
      "They name one person, and this is not that one. Nothing was looked up: the answer is the same whether or not there is anybody of this id.",
    whatToDo: "Ask for the person that the credentials name, or with credentials of the application itself.",
    forPeople: "Open your own connections, by a link from the application that sent you here.",
  },
  metrics_closed: {
    status: 403,
    title: "The metrics are closed",
    meaning: "Others than this machine can reach the service, and no token is set for its metrics; nothing was looked up.",
    whatToDo: "Set METRICS_TOKEN, and give it to what scrapes; docs/metrics.md shows how.",
  },
  cross_origin_refused: {
    status: 403,
    title: "A page of another origin may not do this",
    meaning: "The request came out of a web page that this service did not serve; nothing was done.",
    whatToDo: "Call the API from a program or a server of your own, not from a page of another origin.",
    forPeople: "Load the page again, and try once more there.",
  },
  not_found: {
    status: 404,
    title: "There is nothing at this path",
    meaning: "The path is none of this API.",
    whatToDo: "See /openapi.json, or /docs in a browser. A slash at the end counts.",
    forPeople: "Check the address, or begin again at /connect.",
  },
  unknown_user: {
    status: 404,
    title: "Nobody of this id is connected",
    meaning: "A person is known from the first connection on, and unknown again once erased.",
    whatToDo: "Check the id, or connect the person: POST /api/connections/{userId}/{provider}.",
    forPeople: "Check the address, or connect at /connect.",
  },
  unknown_source: {
    status: 404,
    title: "This person has no such source",
    meaning: "`source` names none of the person's connections.",
    whatToDo: "GET /api/connections/{userId} lists the sources.",
  },
  no_readings: {
    status: 404,
    title: "There is no reading yet",
    meaning: "The person is known, but nothing that was asked for has been stored.",
    whatToDo: "GET /api/connections/{userId} says how the connection is and what to do about it.",
  },
  unknown_provider: {
    status: 404,
    title: "There is no such provider here",
    meaning: "The service has not loaded a provider of this name.",
    whatToDo: "GET /api/providers lists them. Another one is added by installing its package and naming it in PROVIDERS.",
    forPeople: "Go back to the connections: they show which providers there are.",
  },
  unknown_connection: {
    status: 404,
    title: "This person has no connection to this provider",
    meaning: "Nothing was changed.",
    whatToDo: "GET /api/connections/{userId} lists the connections.",
    forPeople: "Load the page again: it shows how things are now.",
  },
  takes_no_deliveries: {
    status: 404,
    title: "This person has no connection that takes deliveries",
    meaning: "None of the person's living connections, or not the one named, is of a provider that delivers by webhook; nothing is stored.",
    whatToDo: "Check the URL against the one that was shown at connecting; connect again if the person has disconnected.",
  },
  method_not_allowed: {
    status: 405,
    title: "This path does not take this method",
    meaning: "Nothing was done.",
    whatToDo: "`Allow` in the answer's headers lists the methods that it takes.",
    forPeople: "Open the address in a browser, as a page.",
  },
  not_acceptable: {
    status: 406,
    title: "None of the accepted media types can be served",
    meaning: "`Accept` leaves out everything that this path can answer with.",
    whatToDo: "Accept one of the media types that `detail` lists.",
    forPeople: "Open the address in a browser, as a page.",
  },
  request_timeout: {
    status: 408,
    title: "The request did not arrive in time",
    meaning: "Headers and body have to arrive within some seconds; what came was thrown away.",
    whatToDo: "Send it again, whole; check the connection.",
  },
  source_replaced: {
    status: 409,
    title: "What this was begun for is there no more",
    meaning: "The connection was erased, disconnected or made anew while the vendor was asked. Nothing was changed.",
    whatToDo: "Begin to connect again, if it is still wanted.",
    forPeople:
      "If you have just connected in another tab, it worked: look at your connections. Else begin to connect again, if it is still wanted.",
  },
  no_consent_page: {
    status: 409,
    title: "This provider is not connected by consent",
    meaning: "Nothing was done.",
    whatToDo: "GET /api/providers says what connecting needs.",
    forPeople: "Load the page again: it shows how this provider is connected.",
  },
  several_connections: {
    status: 409,
    title: "The delivery could be meant for several connections",
    meaning: "The person has more than one connection that takes deliveries; nothing of this one is stored.",
    whatToDo: "Send it to /api/bg/{userId}/webhook/{provider}; `providers` lists which there are.",
  },
  another_account: {
    status: 409,
    title: "The person is connected with another account of this vendor",
    meaning: "The source holds the readings of the other account; mixing two people's readings is refused. Nothing was changed.",
    whatToDo: "Log in with the account of before; or erase the person's data first, and then connect this account.",
    forPeople:
      "Log in with the account of before. To change to another account, whoever runs this service erases the data of before first.",
  },
  connection_busy: {
    status: 409,
    title: "Somebody else is connecting or disconnecting the same source right now",
    meaning: "Only one of two that change a source at the same time comes through; this one changed nothing that lasts.",
    whatToDo:
      "Wait a second, look at GET /api/connections/{userId}, and connect again if it is still needed. Where that died halfway, with another account of the vendor, it stands in the way for an hour at most.",
    forPeople:
      "Wait a second, look at how the connection is then, and connect again if it is still needed. If that was begun with another account of yours and broke off, try again in an hour.",
  },
  no_login_form: {
    status: 409,
    title: "This provider is not connected by a login form",
    meaning: "Nothing was done.",
    whatToDo: "GET /api/providers says what connecting needs.",
    forPeople: "Load the page again: it shows how this provider is connected.",
  },
  provider_not_configured: {
    status: 409,
    title: "The provider is installed but not configured",
    meaning: "Whoever runs this service has not given the settings that the provider needs.",
    whatToDo: "`missing_settings` lists them: set them and start the service again.",
    forPeople: "Whoever runs this service sets what is missing and starts it again; the page of the connections lists it.",
  },
  not_polled: {
    status: 409,
    title: "This connection is not polled",
    meaning: "It is disconnected, connecting was never finished, or the provider no longer grants access.",
    whatToDo: "Connect again: POST /api/connections/{userId}/{provider}.",
    forPeople: "Connect again, and its readings are asked for at once.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    meaning: "It was not read to its end, and nothing was done.",
    whatToDo: "Send less at once. The limit for deliveries is a setting of the service.",
    forPeople: "Type less into the form.",
  },
  unsupported_media_type: {
    status: 415,
    title: "This media type is not understood here",
    meaning: "The body was not read.",
    whatToDo: "Send JSON with `Content-Type: application/json`.",
    forPeople: "Load the page again, and try once more there.",
  },
  host_refused: {
    status: 421,
    title: "This service does not answer under that name",
    meaning:
      "The request names another host than that of PUBLIC_URL or the one on which the service listens. Pages of strangers try this to read what is not theirs (DNS rebinding).",
    whatToDo:
      "Use the address that the service printed when it started, such as http://localhost:5001, or that of PUBLIC_URL; a proxy has to pass `Host` on as it came.",
    forPeople: "Use the address that whoever runs this service gave you; on your own machine that is the one it printed when it started.",
  },
  consent_refused: {
    status: 422,
    title: "The provider did not take the consent",
    meaning: "The vendor's page sent the person back, and the vendor then refused to give access. The connection is as it was before.",
    whatToDo:
      "`detail` holds what the provider said. Begin to connect again; if it stays so, look whether the vendor's account is in order.",
    forPeople: "Begin to connect again; if it stays so, look whether the vendor's account is in order.",
  },
  login_refused: {
    status: 422,
    title: "The provider refused the login",
    meaning: "The connection is as it was before.",
    whatToDo: "`detail` holds what the provider said. Check name and password with the vendor's own app; nothing is tried again by itself.",
    forPeople: "Check name and password with the vendor's own app; nothing is tried again by itself.",
  },
  headers_too_large: {
    status: 431,
    title: "The headers are too large",
    meaning: "The request was not read.",
    whatToDo: "Send fewer or shorter headers; cookies of other services on localhost are a usual cause.",
  },
  internal: {
    status: 500,
    title: "Something is wrong inside the service",
    meaning: "The call could not be answered, and repeating it will not help.",
    whatToDo: "Whoever runs the service finds the cause in its log, under the `request_id` given here.",
    forPeople: "Tell whoever runs this service; the id given here leads to the cause in its log.",
  },
  provider_failed: {
    status: 502,
    title: "The provider cannot go on as things are",
    meaning:
      "Either a setting of the provider is wrong, or the vendor has changed something, or the provider package has a fault. The connection is as it was before.",
    whatToDo:
      "Where it is said what to check, whoever runs this service checks that. Otherwise look for a newer version of the provider package; the service's log says more.",
  },
  store_away: {
    status: 503,
    title: "The store is away or busy",
    meaning: "Nothing is lost: what was accepted is kept, and what is not yet stored waits.",
    whatToDo: "Try again after the seconds in `Retry-After`.",
    forPeople: "Try again in a few seconds.",
  },
  queue_away: {
    status: 503,
    title: "The delivery cannot be put on disk at the moment",
    meaning: "It was not accepted, so it has to be sent again.",
    whatToDo: "Send it again after the seconds in `Retry-After`, signed anew.",
  },
  provider_away: {
    status: 503,
    title: "The provider does not answer at the moment",
    meaning: "The connection is as it was before.",
    whatToDo: "Try again after the seconds in `Retry-After`.",
    forPeople: "Try again in half a minute.",
  },
  short_of_calls: {
    status: 503,
    title: "Too many people are connecting at once",
    meaning:
      "The provider allows this service so many calls, of which a share is for connecting, and it is used up for the moment, or one person has tried again and again: five times at once, then once a minute. The provider was not asked; the connection is as it was before.",
    whatToDo: "Try again after the seconds in `Retry-After`.",
  },
  delivery_not_checked: {
    status: 503,
    title: "The delivery could not be checked at the moment",
    meaning: "It was neither accepted nor refused.",
    whatToDo: "Send it again after the seconds in `Retry-After`, signed anew.",
  },
  secrets_sealed: {
    status: 503,
    title: "The secret of this connection cannot be opened",
    meaning: "The service was started with another vault key than the one that sealed it, so no delivery can be checked.",
    whatToDo: "Start the service with the key of before (VAULT_KEY), or connect the person again; then deliveries bear the new secret.",
  },
  provider_not_loaded: {
    status: 503,
    title: "The provider could not be loaded",
    meaning:
      "The service was started without it, because it could not be loaded. Nothing was done; its connections say that they are stopped.",
    whatToDo:
      "Send it again later. Whoever runs this service finds the reason in what it logged at its start, mends it and starts it again.",
    forPeople: "Try again another day: whoever runs this service has to mend it first.",
  },
  too_many_requests: {
    status: 429,
    title: "This caller asks too much at once",
    meaning: "Others have to be answered as well; the request was turned away before anything was done.",
    whatToDo: "Wait for the seconds in `Retry-After`, and ask less often: a reading comes every five minutes at most.",
    forPeople: "Wait a moment, and load the page again.",
  },
  overloaded: {
    status: 503,
    title: "The service has too much to do",
    meaning: "The request was turned away before anything was done.",
    whatToDo: "Try again after the seconds in `Retry-After`.",
    forPeople: "Wait a moment, and try again.",
  },
  shutting_down: {
    status: 503,
    title: "The service is stopping",
    meaning: "The request was turned away before anything was done.",
    whatToDo: "Try again after the seconds in `Retry-After`, on a new connection.",
    forPeople: "Wait a moment, and try again.",
  },
  identity_away: {
    status: 503,
    title: "Nobody can tell at the moment whether these credentials are good",
    meaning: "The keys of the issuer of tokens cannot be had. The call was refused before anything was looked up.",
    whatToDo:
      "Try again after the seconds in `Retry-After`. Whoever runs this service finds the cause in its log, and checks AUTH_ISSUER and AUTH_JWKS_URL.",
    forPeople: "Try again in a minute.",
  },
  not_ready: {
    status: 503,
    title: "The service cannot serve at the moment",
    meaning: "One of the things it stands on does not answer; `checks` says which.",
    whatToDo: "Send traffic elsewhere until it answers 200 again; the service's log says more.",
  },
} as const satisfies Readonly<Record<string, ProblemKindEntry>>;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

/** What somebody at a page is to do about it. */
export function adviceForPeople(kind: ProblemKind): string {
  const { forPeople, whatToDo }: ProblemKindEntry = PROBLEM_KINDS[kind];
  return forPeople ?? whatToDo;
}
