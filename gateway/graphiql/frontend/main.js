// WORKERS is put in by bundle.mjs: the label that Monaco asks for -> the file beside this one.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(WORKERS[label] ?? WORKERS.editor, import.meta.url), { name: label }),
};

await import('../app.js');
