import type { ServedAnswer } from '../../ports/http-server.js';

export const json = (status: number, body: unknown): ServedAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});

/** As Octopus says that it does not do what it was asked for. */
export const refusal = (status: number, message: string): ServedAnswer =>
  json(status, { ErrorMessage: message, Errors: [message] });
