/** What the server asks of a new password (src/serve/auth/authenticator.cc). */
export const LEAST_PASSWORD = 10;

const utf8 = new TextEncoder();

/** What is wrong with a new password typed twice; empty when nothing is. The server counts UTF-8 bytes. */
export function passwordProblem(next: string, again: string): string {
  if (utf8.encode(next).length < LEAST_PASSWORD) return `Use at least ${LEAST_PASSWORD} characters.`;
  if (next !== again) return 'The two passwords differ.';
  return '';
}
