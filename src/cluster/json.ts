/** What a text from outside says; `undefined` where it is no JSON, which no schema takes for an answer. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
