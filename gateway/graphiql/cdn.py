"""Where GraphiQL comes from when its files are not built here: esm.sh, at the versions of our lock file.

The pattern is GraphiQL's own (`examples/graphiql-cdn` in github.com/graphql/graphiql): `standalone` bundles a package
with what it needs; `external` leaves out what all of them must share, above all one React.
"""

from typing import Final

HOST: Final = "esm.sh"
ORIGIN: Final = f"https://{HOST}"

VERSIONS: Final = {
    "@graphiql/react": "0.39.1",
    "@graphiql/toolkit": "0.12.1",
    "graphiql": "5.4.0",
    "graphql": "16.15.0",
    "monaco-editor": "0.52.2",
    "monaco-graphql": "1.9.0",
    "react": "19.3.1",
    "react-dom": "19.3.1",
}


def address(name: str, path: str = "", options: str = "") -> str:
    return f"{ORIGIN}/{name}@{VERSIONS[name]}{path}{options}"


WORKER_NEEDS: Final = f"graphql@{VERSIONS['graphql']},monaco-editor@{VERSIONS['monaco-editor']}"

STYLE: Final = address("graphiql", "/dist/style.css")
IMPORTS: Final = {
    "react": address("react"),
    "react/": address("react", "/"),
    "react-dom": address("react-dom"),
    "react-dom/": address("react-dom", "/"),
    "graphql": address("graphql"),
    "graphiql": address("graphiql", options="?standalone&external=react,react-dom,@graphiql/react,graphql"),
    "@graphiql/react": address(
        "@graphiql/react",
        options="?standalone&external=react,react-dom,graphql,@graphiql/toolkit,@emotion/is-prop-valid",
    ),
    "@graphiql/toolkit": address("@graphiql/toolkit", options="?standalone&external=graphql"),
    # An optional package of framer-motion, which asks for it by name (github.com/motiondivision/motion/issues/3126).
    # The policy has no data: for scripts, hence a file of ours; its path is relative to the page's.
    "@emotion/is-prop-valid": "./graphiql/scripts/nothing.js",
    "worker:editor": address("monaco-editor", "/esm/vs/editor/editor.worker.js", "?worker"),
    "worker:json": address("monaco-editor", "/esm/vs/language/json/json.worker.js", "?worker"),
    "worker:graphql": address("monaco-graphql", "/esm/graphql.worker.js", f"?worker&deps={WORKER_NEEDS}"),
}
