// The start of the page that takes GraphiQL from a CDN; its import map says where each name comes from.
import editorWorker from 'worker:editor';
import graphqlWorker from 'worker:graphql';
import jsonWorker from 'worker:json';
import './app.js';

const workers = { graphql: graphqlWorker, json: jsonWorker };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new (workers[label] ?? editorWorker)(),
};
