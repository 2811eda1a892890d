import type { Builder } from './database.js';

/** The typed query builder for octo-ha's own tables, wherever this cluster keeps them. */
export const db = ({ dialect, placement }: Builder) => dialect.builder(placement);
