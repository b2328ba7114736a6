# Build with every package, run with those of production only.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE /app/manifest.yaml ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Content is read beside the code: rules, taxonomies, the console's pages, the demo's story.
COPY --from=build /app/engine/detect/rules ./engine/detect/rules
COPY --from=build /app/engine/detect/indicators/fields.yaml ./engine/detect/indicators/fields.yaml
COPY --from=build /app/engine/breach/calendars ./engine/breach/calendars
COPY --from=build /app/engine/breach/regimes ./engine/breach/regimes
COPY --from=build /app/engine/breach/places.yaml ./engine/breach/places.yaml
COPY --from=build /app/engine/breach/vocabulary.yaml ./engine/breach/vocabulary.yaml
COPY --from=build /app/intel/techniques/weights.bin.gz ./intel/techniques/weights.bin.gz
COPY --from=build /app/engine/compliance/frameworks ./engine/compliance/frameworks
COPY --from=build /app/engine/triage/weights.yaml ./engine/triage/weights.yaml
COPY --from=build /app/engine/triage/enrich/harmless.yaml ./engine/triage/enrich/harmless.yaml
COPY --from=build /app/engine/investigate/attack.json /app/engine/investigate/measures.yaml ./engine/investigate/
COPY --from=build /app/engine/hunt/saved ./engine/hunt/saved
COPY --from=build /app/engine/hunt/ask/words.yaml ./engine/hunt/ask/words.yaml
COPY --from=build /app/engine/hunt/dga/weights.bin.gz ./engine/hunt/dga/weights.bin.gz
COPY --from=build /app/engine/respond/actions/http ./engine/respond/actions/http
COPY --from=build /app/engine/ingest/taxonomy ./engine/ingest/taxonomy
COPY --from=build /app/bot/surfaces/console/web ./bot/surfaces/console/web
COPY --from=build /app/playbooks ./playbooks
COPY --from=build /app/bin/demo ./bin/demo
# Without MONGODB_URI or REDIS_URL, `mdr` looks for embedded ones, and says plainly what is missing.
COPY --from=build /app/bin/mongo ./bin/mongo
COPY --from=build /app/bin/redis ./bin/redis
RUN mkdir .data && chown node:node .data
USER node
# bot, engine or worker; see Procfile.
ENTRYPOINT ["node", "dist/bin/mdr.js"]
CMD ["--help"]
