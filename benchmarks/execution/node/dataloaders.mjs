// Resolvers with DataLoader, for the servers that have no loaders of their own.
import DataLoader from 'dataloader';
import { clients, entity, search, skills } from './catalog.mjs';

const loader = (records) => new DataLoader(async (ids) => ids.map((id) => records.get(id)));

export const context = () => ({ clients: loader(clients), skills: loader(skills) });

export const resolvers = {
  Query: {
    searchJobs: (_, { first }) => search(first),
    _entities: (_, { representations }) => representations.map(entity),
  },
  _Entity: { __resolveType: (record) => record.__typename },
  Job: {
    client: (job, _, { clients: loaded }) => loaded.load(job.clientId),
    skills: (job, _, { skills: loaded }) => loaded.loadMany(job.skillIds),
  },
  Skill: { broader: (skill, _, { skills: loaded }) => loaded.loadMany(skill.broader) },
};
