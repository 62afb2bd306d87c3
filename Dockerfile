# The image diabetesai/bg-ingest: docs/operations.md says how to build it, run it and add providers to it.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY . .
# What serves is one flat node_modules. neverthrow is a peer of every package: whoever runs them brings the one copy, so here that is the image.
RUN --mount=type=cache,id=bg-ingest-pnpm,target=/pnpm-store \
    npx --yes pnpm@12.21.0 install --frozen-lockfile --store-dir=/pnpm-store --filter . --filter '@bg-ingest/http-host...' \
    && npx --yes pnpm@12.21.0 --filter '@bg-ingest/http-host...' run build \
    && npx --yes pnpm@12.21.0 --filter @bg-ingest/http-host deploy --prod --store-dir=/pnpm-store --config.node-linker=hoisted /deployed \
    && cp -rL packages/http-host/node_modules/neverthrow /deployed/node_modules/
# Sources, types and the maps of others serve nobody here; our own maps name the lines in which something went wrong.
RUN rm -rf /deployed/node_modules/.bin /deployed/node_modules/.pnpm* /deployed/node_modules/.modules.yaml /deployed/node_modules/@bg-ingest/*/src \
    && find /deployed -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.d.ts.map' -o -name '*.tsbuildinfo' -o -iname 'readme*.md' -o -iname 'changelog*.md' \) -delete \
    && find /deployed/node_modules -type f -name '*.map' -not -path '*/@bg-ingest/*' -delete \
    && mkdir -p /image/opt/bg-ingest/app/service \
    && mv /deployed/node_modules /image/opt/bg-ingest/node_modules \
    && mv /deployed/package.json /deployed/dist /deployed/assets /image/opt/bg-ingest/app/service/ \
    && mkdir -m 0700 /image/data

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="BG Ingest" \
      org.opencontainers.image.description="Gets glucose readings out of sensor clouds and makes them dependable." \
      org.opencontainers.image.licenses="MIT"
# Inside a container its own loopback reaches nobody: the port is published, or not, by whoever runs it.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data
COPY --from=build --chown=1000:1000 /image/data /data
COPY LICENSE /opt/bg-ingest/LICENSE
# The service finds packages in app/node_modules, where images built on this one put theirs, and these find the service's own beside app.
COPY --from=build /image/opt/bg-ingest /opt/bg-ingest
WORKDIR /opt/bg-ingest/app
USER 1000:1000
VOLUME ["/data"]
EXPOSE 5001
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 5001) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "service/dist/bin.js"]
