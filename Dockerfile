# syntax=docker/dockerfile:1

# Node builds GraphiQL's files; none of it is in the last stage.
FROM node:22-slim AS graphiql
WORKDIR /build/frontend
COPY gateway/graphiql/frontend/package.json gateway/graphiql/frontend/package-lock.json ./
RUN npm ci --loglevel=error
COPY gateway/graphiql/frontend/ ./
COPY gateway/graphiql/scripts/ ../scripts/
RUN node bundle.mjs /build/static

# pip is of this stage alone: the environment is made without one.
FROM python:3.11-slim AS build
RUN python -m venv --without-pip /opt/gateway
ENV PIP_PYTHON=/opt/gateway/bin/python \
    PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.lock ./
RUN pip install --only-binary=:all: --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY gateway/ gateway/
COPY schema/ schema/
COPY resolvers/ resolvers/
COPY indexing/ indexing/
COPY --from=graphiql /build/static/ gateway/graphiql/static/
RUN pip install --no-deps .

FROM python:3.11-slim
RUN pip uninstall --yes --root-user-action=ignore pip setuptools wheel
RUN useradd --system --create-home --uid 10001 gateway && install -d -o gateway -g gateway /data
COPY --from=build /opt/gateway /opt/gateway
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000 \
    GATEWAY_DATA_DIR=/data/index
USER gateway
WORKDIR /home/gateway
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["discovery-gateway"]
CMD ["serve"]
