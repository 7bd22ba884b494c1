// Mercurius with its own loaders: `node mercurius.mjs [jit] CATALOG`.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { announce, clients, entity, search, skills, typeDefs } from './catalog.mjs';

const jit = process.argv.includes('jit') ? 1 : 0;
// Without its cache, whose keys are whole objects as text: that is no slower here.
const batched = (loader) => ({ loader: async (queries) => queries.map(({ obj }) => loader(obj)), opts: { cache: false } });

const app = Fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Query: {
      searchJobs: (_, { first }) => search(first),
      _entities: (_, { representations }) => representations.map(entity),
    },
    _Entity: { resolveType: (record) => record.__typename },
  },
  loaders: {
    Job: {
      client: batched((job) => clients.get(job.clientId)),
      skills: batched((job) => job.skillIds.map((id) => skills.get(id))),
    },
    Skill: { broader: batched((skill) => skill.broader.map((id) => skills.get(id))) },
  },
  jit,
});
await app.listen({ host: '127.0.0.1', port: 0 });
announce(app.server.address().port);
