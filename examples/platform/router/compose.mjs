// The supergraph of running subgraphs, of what each says of itself.
import { composeServices } from '@apollo/composition'
import { parse, visit } from 'graphql'

const QUESTION = JSON.stringify({ query: '{ _service { sdl } }' })

async function told(name, url) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: QUESTION })
  const { data, errors } = await response.json()
  if (!data?._service) throw new Error(`${name} at ${url} does not tell its schema: ${JSON.stringify(errors)}`)
  return { name, url, typeDefs: parse(data._service.sdl) }
}

// A schema without some directives, and without their imports.
function leftOut(directives, typeDefs) {
  return visit(typeDefs, {
    Directive: (node) => (directives.includes(`@${node.name.value}`) ? null : undefined),
    StringValue: (node) => (directives.includes(node.value) ? null : undefined),
  })
}

// `subgraphs` are written name=url, as the arguments of the routers are.
export async function supergraph(subgraphs, without = []) {
  const services = await Promise.all(subgraphs.map((one) => told(...one.split(/=(.*)/s))))
  const { supergraphSdl, errors } = composeServices(
    services.map((one) => ({ ...one, typeDefs: leftOut(without, one.typeDefs) })),
  )
  if (errors) throw new Error(errors.map((error) => error.message).join('\n'))
  return supergraphSdl
}
