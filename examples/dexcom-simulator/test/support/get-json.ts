/** A body as JSON; refuses any other status than 200. */
export async function getJson<T>(url: string, path: string): Promise<T> {
  const answer = await fetch(`${url}${path}`);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
