// Bundles the page into the folder named by the first argument: node bundle.mjs FOLDER
// manifest.json in that folder tells the server the hashed names of the script and the style sheet.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const folder = process.argv[2];

const shared = {
  bundle: true,
  minify: true,
  metafile: true,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  outdir: folder,
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  // app.js lives outside this folder and takes its packages from here.
  nodePaths: ['node_modules'],
  define: { 'process.env.NODE_ENV': '"production"' },
};

const entries = ({ metafile }) =>
  Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([path, output]) => [output.entryPoint, basename(path)]);

const workers = await build({
  ...shared,
  format: 'iife',
  entryPoints: {
    'editor-worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'json-worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql-worker': 'monaco-graphql/esm/graphql.worker.js',
  },
});
const workerNames = Object.fromEntries(
  entries(workers).map(([, name]) => [name.split('-')[0], name]),
);

// GraphiQL's style sheet has Monaco's rules and every font in it, so the scripts' own imports of CSS are left out.
const style = await build({ ...shared, entryPoints: { style: 'graphiql/style.css' } });

const script = await build({
  ...shared,
  format: 'esm',
  splitting: true,
  entryPoints: ['main.js'],
  loader: { '.css': 'empty', '.ttf': 'empty' },
  define: { ...shared.define, WORKERS: JSON.stringify(workerNames) },
});

const named = (result, entry) => entries(result).find(([path]) => path.endsWith(entry))[1];
await writeFile(
  join(folder, 'manifest.json'),
  JSON.stringify({ script: named(script, 'main.js'), style: named(style, 'style.css') }),
);
