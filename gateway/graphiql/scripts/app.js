// The page itself. It is written without JSX so that the same file is bundled for our own page
// and used as it stands by the page that takes GraphiQL from a CDN.
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { useMonaco } from '@graphiql/react';
import { createGraphiQLFetcher } from '@graphiql/toolkit';

// Relative to the page, so that it holds behind a path prefix too.
const fetcher = createGraphiQLFetcher({ url: globalThis.location.pathname });

const container = document.getElementById('graphiql');
const examples = JSON.parse(document.getElementById('examples').textContent);

function Explorer() {
  const { monaco, actions } = useMonaco(state => state);
  useEffect(() => void actions.initialize(), [actions]);
  // GraphiQL shows its tabs before the editor is there, and a tab that is chosen in between
  // keeps the text of the one before: show nothing of it until the editor has come.
  if (!monaco) {
    return createElement('div', { className: 'loading' }, 'Loading GraphiQL…');
  }
  return createElement(
    GraphiQL,
    {
      fetcher,
      // A visitor's own tabs are kept by the browser; the examples fill an empty one only.
      defaultTabs: examples.map(query => ({ query })),
      defaultEditorToolsVisibility: false,
      inputValueDeprecation: true,
    },
    createElement(GraphiQL.Logo, null, 'Discovery Gateway'),
  );
}

createRoot(container).render(createElement(Explorer));
