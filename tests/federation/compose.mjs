// node compose.mjs: cases of subgraphs on standard input, { case: [{ name, sdl }] }; what each composer made of each.
import { readFileSync } from 'node:fs'
import { composeServices as byApollo } from '@apollo/composition'
import { composeSchemaContract, composeServices as byTheGuild } from '@theguild/federation-composition'
import { federateSubgraphs } from '@wundergraph/composition'
import { parse, printSchema } from 'graphql'

const composers = {
  apollo: (services) => byApollo(services),
  theguild: (services) => byTheGuild(services),
  cosmo(services) {
    const subgraphs = services.map((one) => ({ ...one, definitions: one.typeDefs }))
    const { errors, federatedGraphSchema } = federateSubgraphs({ subgraphs, version: '1' })
    return { errors, supergraphSdl: federatedGraphSchema && printSchema(federatedGraphSchema) }
  },
  // The API without what is tagged `internal`.
  contract(services) {
    const tags = { include: new Set(), exclude: new Set(['internal']) }
    const { errors, publicSdl } = composeSchemaContract(services, tags, true)
    return { errors, supergraphSdl: publicSdl }
  },
}

const found = {}
for (const [name, subgraphs] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const services = subgraphs.map((one) => ({ name: one.name, url: 'http://127.0.0.1/', typeDefs: parse(one.sdl) }))
  for (const [composer, compose] of Object.entries(composers)) {
    const { errors, supergraphSdl } = compose(services)
    found[`${name} by ${composer}`] = { errors: (errors ?? []).map((one) => one.message), sdl: supergraphSdl ?? '' }
  }
}
console.log(JSON.stringify(found))
