// The page itself. It is written without JSX so that the same file is bundled for our own page
// and used as it stands by the page that takes GraphiQL from a CDN.
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { createGraphiQLFetcher } from '@graphiql/toolkit';

// Relative to the page, so that it holds behind a path prefix too.
const fetcher = createGraphiQLFetcher({ url: globalThis.location.pathname });

const examples = JSON.parse(document.getElementById('examples').textContent);

createRoot(document.getElementById('graphiql')).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      defaultTabs: examples.map(query => ({ query })),
      // A visitor's own tabs are kept by the browser; the examples fill an empty one only.
      defaultEditorToolsVisibility: false,
      inputValueDeprecation: true,
    },
    createElement(GraphiQL.Logo, null, 'Discovery Gateway'),
  ),
);
