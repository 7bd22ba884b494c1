// Apollo Server, as its standalone server: `node apollo.mjs CATALOG`.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { announce, typeDefs } from './catalog.mjs';
import { context, resolvers } from './dataloaders.mjs';

const server = new ApolloServer({ typeDefs, resolvers });
const { url } = await startStandaloneServer(server, {
  context: async () => context(),
  listen: { host: '127.0.0.1', port: 0 },
});
announce(new URL(url).port);
