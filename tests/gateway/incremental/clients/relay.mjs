// Relay on the operation of the test, as its compiler would hand it over, with a network function over meros.
import { meros } from 'meros/browser'
import relay from 'relay-runtime'

const { createOperationDescriptor, Environment, getSelector, Network, Observable, RecordSource, Store } = relay

const scalar = (name) => ({ kind: 'ScalarField', name, alias: null, args: null, storageKey: null })
const linked = (name, concreteType, selections, more = {}) => ({
  kind: 'LinkedField', name, concreteType, selections, plural: false, alias: null, args: null, storageKey: null, ...more,
})
// Relay tells fragments from lists by their labels, as its compiler makes them.
const literal = (name, value) => [{ kind: 'Literal', name, value }]
const client = linked('client', 'Client', [scalar('id'), scalar('name')])
const later = { kind: 'Fragment', name: 'later', type: 'Job', argumentDefinitions: [], metadata: null, abstractKey: null, selections: [client] }
const selections = (streamed, deferred) => [
  linked('searchJobs', 'JobSearchConnection', [
    { kind: 'Stream', if: null, label: 'Later$stream$nodes', selections: [linked('nodes', 'Job', [scalar('id'), scalar('title')], { plural: true })], ...streamed },
  ], { args: literal('first', 3), storageKey: 'searchJobs(first:3)' }),
  linked('job', 'Job', [scalar('id'), { kind: 'Defer', if: null, label: 'Later$defer$client', ...deferred }], {
    args: literal('id', 'job_000000'), storageKey: 'job(id:"job_000000")',
  }),
]
const request = (text) => ({
  kind: 'Request',
  hash: 'later',
  fragment: {
    kind: 'Fragment', name: 'Later', type: 'Query', argumentDefinitions: [], metadata: null, abstractKey: null,
    selections: selections({}, { selections: [{ kind: 'FragmentSpread', name: 'later', args: null }] }),
  },
  operation: { kind: 'Operation', name: 'Later', argumentDefinitions: [], selections: selections({}, { selections: [client] }) },
  params: { id: null, cacheID: 'later', metadata: {}, name: 'Later', operationKind: 'query', text },
})

// Relay takes each piece by itself, each item of a list too.
const pieces = ({ incremental, hasNext, ...whole }) => {
  const found = (incremental ?? ('data' in whole ? [whole] : [])).flatMap((piece) =>
    (piece.items ?? [null]).map((item, at) => piece.items
      ? { ...piece, data: item, path: [...piece.path.slice(0, -1), piece.path.at(-1) + at] }
      : piece))
  return found.map((piece, at) => ({ ...piece, extensions: { is_final: !hasNext && at === found.length - 1 } }))
}

export async function read(uri, text, show) {
  const network = Network.create((params, variables) => Observable.create((sink) => {
    const ask = async () => {
      const response = await fetch(uri, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'multipart/mixed; deferSpec=20220824, application/json' },
        body: JSON.stringify({ query: params.text, variables }),
      })
      for await (const { body } of await meros(response)) {
        for (const piece of pieces(body)) sink.next(piece)
      }
    }
    ask().then(sink.complete, sink.error)
  }))
  const environment = new Environment({ network, store: new Store(new RecordSource()) })
  const operation = createOperationDescriptor(request(text), {})
  const known = (isLast) => {
    const { searchJobs, job } = environment.lookup(operation.fragment).data
    const deferred = environment.lookup(getSelector(later, job)).data
    show({ searchJobs, job: { id: job.id, ...(deferred.client ? deferred : {}) } }, isLast)
  }
  await new Promise((complete, error) => {
    environment.execute({ operation }).subscribe({ next: () => known(false), complete, error })
  })
  known(true)
}
