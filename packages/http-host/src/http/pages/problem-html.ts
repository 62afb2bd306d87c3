import type { Answer } from "../answer.ts";
import type { Problem } from "../problem/problem.ts";
import { problemAnswer } from "../problem/problem-answer.ts";
import { adviceForPeople, PROBLEM_KINDS } from "../problem/problem-kinds.ts";
import { html } from "./html.ts";
import { pageAnswer } from "./page.ts";

/** What a problem document says, for whoever looks at it in a browser. */
export function problemPage(problem: Problem, requestId: string): Answer {
  const { status, title, meaning } = PROBLEM_KINDS[problem.kind];
  const { "content-type": _, ...headers } = problemAnswer(problem, requestId).headers;
  if (problem.isAskedAgain === true && problem.retryAfterSeconds !== undefined) headers["refresh"] = String(problem.retryAfterSeconds);
  const body = html`<main>
<h1>${title}</h1>
<p>${problem.detail ?? meaning}</p>
${problem.detail === undefined ? null : html`<p>${meaning}</p>`}
<p><strong>What to do:</strong> ${problem.whatToDo ?? adviceForPeople(problem.kind)}</p>
${problem.back === undefined ? null : html`<p><a href="${problem.back}">Back to the connections</a></p>`}
<p class="quiet">${problem.kind} (${status})${problem.reason === undefined ? null : html`; the service's log says more under ${requestId}`}</p>
</main>`;
  return pageAnswer({ title, body }, status, headers);
}
