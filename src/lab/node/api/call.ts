import type { ServedAnswer } from '../../../ports/http-server.js';
import type { OctopusDatabase } from '../../octopus-database.js';

/** One request of the API by somebody with the key. */
export interface ApiCall {
  readonly octopus: OctopusDatabase;
  readonly query: URLSearchParams;
  readonly body: string;
  /** The Id in the path; empty where it has none. */
  readonly id: string;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** What follows `/api/`; `{id}` stands for any Id. */
  readonly path: string;
  answer(call: ApiCall): Promise<ServedAnswer>;
}

/** What was begun for somebody is finished: a clean stop waits for it. */
export const toItsEnd = new AbortController().signal;

export interface Paging {
  readonly skip: number;
  readonly take: number;
}

const usualPage = 30;
const largestPage = 1_000;

export function pagingOf(query: URLSearchParams): Paging {
  const number = (name: string, otherwise: number) => {
    const text = query.get(name) ?? '';
    return /^\d{1,10}$/.test(text) ? Number(text) : otherwise;
  };
  return { skip: number('skip', 0), take: Math.min(number('take', usualPage), largestPage) };
}

export const pageOf = (type: string, { take }: Paging, total: number, items: readonly unknown[]) => ({
  ItemType: type,
  TotalResults: total,
  ItemsPerPage: take,
  NumberOfPages: Math.max(1, Math.ceil(total / Math.max(1, take))),
  LastPageNumber: Math.max(0, Math.ceil(total / Math.max(1, take)) - 1),
  Items: items,
  Links: {},
});

/** `undefined` where it is no JSON. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
