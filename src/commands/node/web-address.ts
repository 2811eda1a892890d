import { Failure } from '../../errors.js';

/** A web address of a node, or none. */
export function webAddress(url: string | undefined): string | undefined {
  if (url === undefined || /^https?:\/\/[^/\s@]+(\/\S*)?$/.test(url)) return url;
  throw new Failure('usage', `${url} is no web address of a node`);
}
