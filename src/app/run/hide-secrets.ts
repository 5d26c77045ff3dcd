/** A shorter one would be found within words. */
const SECRET_LENGTH_MIN = 4;

/** Takes secrets out of a text, wherever it comes from: as they are, and as JSON writes them. */
export function hideSecrets(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  const hidden = new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  return (text) => [...hidden].reduce((left, secret) => left.replaceAll(secret, "***"), text);
}
