/** What the other side says, without what it was told in confidence: some repeat it. */
export const withoutSecrets = (text: string, secrets: readonly (string | undefined)[]): string =>
  secrets
    .flatMap((secret) => secret || [])
    .toSorted((one, other) => other.length - one.length)
    .reduce((told, secret) => told.replaceAll(secret, '…'), text);
