import { type Answer, brokenHtmlAnswer, jsonAnswer, textAnswer } from "../answer.ts";
import { oneOf } from "../chance.ts";

/** Nobody has documented the bodies of errors here: each time another one. Some say the token again. */
export function dataError(status: 400 | 401 | 404, message: string, bits: number, token = ""): Answer {
  const detail = token === "" ? message : `${message}: ${token}`;
  return oneOf<() => Answer>(bits, [
    () => jsonAnswer(status, { fault: { faultstring: detail, detail: { errorcode: "oauth.v2.InvalidRequest" } } }),
    () => jsonAnswer(status, { errors: [message] }),
    () => textAnswer(status, detail),
    () => brokenHtmlAnswer(status, "Something went wrong"),
    () => textAnswer(status, ""),
  ])();
}
