// node read.mjs CLIENT ADDRESS: sends the operation on standard input, and prints what the client has after each part.
import { readFileSync } from 'node:fs'
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { createClient, fetchExchange } from '@urql/core'
import { meros } from 'meros/browser'

const [client, uri] = process.argv.slice(2)
const query = readFileSync(0, 'utf8')
const show = (data, isLast) => console.log(JSON.stringify({ data, isLast }))

const clients = {
  'apollo, current': () => apollo(new GraphQL17Alpha9Handler()),
  'apollo, older': () => apollo(new Defer20220824Handler()),
  async urql() {
    const found = createClient({ url: uri, exchanges: [fetchExchange], preferGetMethod: false })
    await new Promise((done) => {
      found.query(query, {}).subscribe(({ data, error, hasNext }) => {
        if (error) throw error
        show(data, !hasNext)
        if (!hasNext) done()
      })
    })
  },
  // What the network function of Relay is made of.
  async meros() {
    const headers = { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' }
    const response = await fetch(uri, { method: 'POST', headers, body: JSON.stringify({ query }) })
    for await (const { json, body } of await meros(response)) {
      if (!json) throw new Error(body)
      show(body, !body.hasNext)
    }
  },
}

async function apollo(incrementalHandler) {
  const found = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri }), incrementalHandler })
  await new Promise((done, fail) => {
    found.watchQuery({ query: gql(query), notifyOnNetworkStatusChange: true }).subscribe({
      error: fail,
      next({ data, dataState, error }) {
        if (error) fail(error)
        if (dataState === 'empty') return
        show(data, dataState === 'complete')
        if (dataState === 'complete') done()
      },
    })
  })
  found.stop()
}

await clients[client]()
