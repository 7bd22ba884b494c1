// Apollo Gateway: node apollo.mjs accounts=http://… contracts=http://… discovery=http://…
import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace'
import { startStandaloneServer } from '@apollo/server/standalone'
import { supergraph } from './compose.mjs'

const { HOST = '127.0.0.1', PORT = '0' } = process.env
// It takes no supergraph whose access rules it cannot enforce. The discovery gateway enforces its own in any case.
const supergraphSdl = await supergraph(process.argv.slice(2), ['@authenticated', '@requiresScopes'])
const gateway = new ApolloGateway({ supergraphSdl })
// Asked for a trace, it asks the subgraphs for theirs.
const server = new ApolloServer({ gateway, plugins: [ApolloServerPluginInlineTrace()] })
const { url } = await startStandaloneServer(server, { listen: { host: HOST, port: Number(PORT) } })
console.log(`router: http://127.0.0.1:${new URL(url).port}/graphql`)
