import type { ProviderError } from "../../ports/cgm-provider.ts";
import { broken, same } from "../promise.ts";
import { expiresAhead, opensReadings } from "./grant-held.ts";
import { madeBy, type Stage, servedBy } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { connect, login } from "./ways.ts";

type Fields = Readonly<Record<string, string>>;

export const loginCases: StagedCases = {
  "login: who fills in the form is connected": before("well", async (stage) => {
    const grant = await connect(stage, "login");
    expiresAhead(stage, grant.credentials);
    await opensReadings(stage, grant);
  }),
  "login: the form asks for what the person fills in": before("well", async (stage) => {
    const { fields } = servedBy(stage, "login", stage.world.login);
    const asked = madeBy(stage, "login").fields.map(({ name }) => name);
    same(
      "login.fields names every field that world.login fills in",
      Object.keys(fields).filter((name) => !asked.includes(name)),
      [],
    );
  }),
  "login: wrong fields are reconnect": before("well", async (stage) => {
    const { fields } = servedBy(stage, "login", stage.world.login);
    const secrets = madeBy(stage, "login").fields.filter(({ name, secret }) => secret && fields[name]);
    const wrong = Object.fromEntries(secrets.map(({ name }) => [name, `${fields[name]}x`]));
    const allWrong = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, `${value}x`]));
    await refuses(stage, "a login with a wrong secret", secrets.length > 0 ? { ...fields, ...wrong } : allWrong);
  }),
  "login: missing fields are reconnect": before("well", async (stage) => {
    const { fields } = servedBy(stage, "login", stage.world.login);
    const needed = madeBy(stage, "login").fields.filter(({ isOptional }) => isOptional !== true);
    for (const { name } of needed) {
      const others = Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
      await refuses(stage, `a login without "${name}"`, others);
      await refuses(stage, `a login with "${name}" left empty`, { ...fields, [name]: "" });
    }
    if (needed.length > 0) await refuses(stage, "an empty login", {});
  }),
};

async function refuses(stage: Stage, what: string, fields: Fields): Promise<void> {
  const answer = await login(stage, fields);
  const promised = `${what} is reconnect: only the person can help, and trying it again may lock the account`;
  if (answer.isOk()) return broken(promised, "it was taken, and somebody is connected");
  same(promised, (answer.error as ProviderError).kind, "reconnect");
}
