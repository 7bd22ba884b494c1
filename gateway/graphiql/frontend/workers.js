// The files that Monaco runs beside the page. WORKERS is put in by bundle.mjs: Monaco's label -> the file's name.
// They come from our own origin, which lets the page's policy do without blob: and data:.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(WORKERS[label] ?? WORKERS.editor, import.meta.url), { name: label }),
};
