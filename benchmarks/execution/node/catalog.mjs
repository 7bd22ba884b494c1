// The data and the schema that all servers in Node have in common.
import { readFileSync } from 'node:fs';

const read = (file) => readFileSync(file, 'utf8');
const catalog = JSON.parse(read(process.argv.at(-1)));
const typed = (records, name) => new Map(records.map((record) => [record.id, { __typename: name, ...record }]));

export const typeDefs = read(new URL('../schema.graphql', import.meta.url));
export const clients = typed(catalog.clients, 'Client');
export const skills = typed(catalog.skills, 'Skill');
const jobs = typed(catalog.jobs, 'Job');
const found = [...jobs.values()];
const entities = { Client: clients, Job: jobs, Skill: skills };

// A search and a look-up are asynchronous, as they are where an engine is asked.
export const search = async (first) => ({ nodes: found.slice(0, first ?? 20), totalCount: found.length });
export const entity = async ({ __typename, id }) => entities[__typename].get(id);

export const announce = (port) => process.stdout.write(`listening on ${port}\n`);
