import { Failure } from '../../errors.js';

export const notSetUp = (): Failure =>
  new Failure('usage', "octo-ha's own tables are not set up, and without its journal it changes nothing", {
    hint: 'Create them with: octo-ha database migrate',
  });

/** Two clusters on one SQL Server must not share a journal: a clone would drive the nodes of production. */
export const foreignTables = (place: string, octopus: string): Failure =>
  new Failure('refused', `octo-ha's tables in ${place} belong to the cluster of the database ${octopus}`, {
    hint: 'Give this cluster tables of its own: set database.own in the context file to another name, then octo-ha database migrate',
  });

export const tooOld = (schema: number): Failure =>
  new Failure('usage', `a newer octo-ha has changed this cluster's tables (schema ${schema}); this one only reads`, {
    hint: 'Install the newer version to change something.',
  });
