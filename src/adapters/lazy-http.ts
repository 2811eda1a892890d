import type { Http } from '../ports/http.js';

/** Node's client, loaded at the first request: with its TLS it is a tenth of the start of a command. */
export const lazyHttp: Http = {
  send: async (request, signal) => (await import('./node-http.js')).nodeHttp.send(request, signal),
};
