// Hive Gateway: node hive.mjs accounts=http://… contracts=http://… discovery=http://…
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { supergraph } from './compose.mjs'

const { HOST = '127.0.0.1', PORT = '0' } = process.env
const gateway = createGatewayRuntime({ supergraph: await supergraph(process.argv.slice(2)), logging: 'error' })
const server = createServer(gateway)
server.listen(Number(PORT), HOST, () => console.log(`router: http://127.0.0.1:${server.address().port}/graphql`))
process.on('SIGTERM', () => process.exit(0))
