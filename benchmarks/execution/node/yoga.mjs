// GraphQL Yoga on Node's own HTTP server: `node yoga.mjs CATALOG`.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { announce, typeDefs } from './catalog.mjs';
import { context, resolvers } from './dataloaders.mjs';

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context, graphiql: false, logging: false });
const server = createServer(yoga);
server.listen(0, '127.0.0.1', () => announce(server.address().port));
