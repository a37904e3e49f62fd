# syntax=docker/dockerfile:1
# One image for the web part and the worker. `docker run IMAGE` runs both; `docker run IMAGE web` or `worker` one of them.
# Settings: DATABASE_URL, SLUICE_CLOUD, NEXTAUTH_SECRET and SLUICE_URL at least; see the README.

FROM node:24-bookworm-slim AS build
WORKDIR /src
ENV NEXT_TELEMETRY_DISABLED=1 CI=true
# Packages first: this layer is kept until the lock file changes.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN npm run build && npm run bundle

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOSTNAME=0.0.0.0 PORT=3000
COPY --from=build --chown=node:node /src/.next/standalone ./
COPY --from=build --chown=node:node /src/dist ./dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "dist/main.mjs", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/main.mjs"]
CMD ["all"]
