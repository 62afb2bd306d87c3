import { type Outcome, type SimulatorRequest, textAnswer } from "../answer.ts";
import { html, pageAnswer, styleAnswer } from "../html.ts";
import { answerConsent, answerLoginPage } from "../oauth/login.ts";
import { answerCall } from "./answer-call.ts";
import { isDataPath } from "./answer-data.ts";
import type { Cloud } from "./cloud.ts";

const LOGIN = /^\/v[23]\/oauth2\/login$/;
const TOKEN = /^\/v[23]\/oauth2\/token$/;

/** The vendor's whole API: a request in, what becomes of it out. Faults strike applications, not people at the login page. */
export function createHandler(cloud: Cloud): (request: SimulatorRequest) => Outcome {
  let calls = 0;
  return (request) => {
    const { pathname } = request.url;
    if (isDataPath(pathname)) return answerCall(request, calls++, false, cloud);
    if (TOKEN.test(pathname)) return request.method === "POST" ? answerCall(request, calls++, true, cloud) : notAllowed("POST");
    if (LOGIN.test(pathname)) return answerLogin(request, cloud);
    if (request.method !== "GET") return textAnswer(404, "Not found");
    if (pathname === "/style.css") return styleAnswer;
    return pathname === "/" ? frontPage(cloud) : textAnswer(404, "Not found");
  };
}

function answerLogin(request: SimulatorRequest, cloud: Cloud): Outcome {
  if (request.method === "GET") return answerLoginPage(request, cloud);
  return request.method === "POST" ? answerConsent(request, cloud) : notAllowed("GET, POST");
}

function notAllowed(allow: string): Outcome {
  return textAnswer(405, "Method not allowed", { allow });
}

function frontPage({ users }: Cloud): Outcome {
  return pageAnswer(
    200,
    "A sensor cloud on your own machine",
    html`<p>This server speaks the Dexcom v3 API. It knows nobody real: every value is invented and no basis for anything that concerns health.</p>
<p>Connect an application to it, and choose one of these people on the page that opens:</p>
<ul>
${users.map(({ name, about }) => html`<li><strong>${name}</strong>: ${about}</li>`)}
</ul>
<p>What it knows about them: <a href="/admin/users">/admin/users</a>. What can go wrong: <a href="/admin/faults">/admin/faults</a>. What it has seen: <a href="/admin/counters">/admin/counters</a>.</p>`,
  );
}
