// node read.mjs CLIENT ADDRESS: sends the operation on standard input, and prints what the client has after each part.
import { readFileSync } from 'node:fs'
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { createClient, fetchExchange } from '@urql/core'
import { read as readWithRelay } from './relay.mjs'

const [client, uri] = process.argv.slice(2)
const query = readFileSync(0, 'utf8')
const show = (data, isLast) => console.log(JSON.stringify({ data, isLast }))

const clients = {
  'apollo, current': () => readWithApollo(new GraphQL17Alpha9Handler()),
  'apollo, older': () => readWithApollo(new Defer20220824Handler()),
  urql: readWithUrql,
  relay: () => readWithRelay(uri, query, show),
}

async function readWithApollo(incrementalHandler) {
  const found = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri }), incrementalHandler })
  await new Promise((done, fail) => {
    found.watchQuery({ query: gql(query) }).subscribe({
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

async function readWithUrql() {
  const found = createClient({ url: uri, exchanges: [fetchExchange], preferGetMethod: false })
  await new Promise((done, fail) => {
    found.query(query, {}).subscribe(({ data, error, hasNext }) => {
      if (error) fail(error)
      show(data, !hasNext)
      if (!hasNext) done()
    })
  })
}

await clients[client]()
