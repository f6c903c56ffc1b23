# One image for web, worker and scheduler; docker-compose.yml starts each with its own command.

# --- Front-end files: need Node.js, which the finished image does not ---------------------------------------------------
FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/assets.py scripts/
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \
    && python3 scripts/assets.py --omit-dev

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_HASHED=true VAR_DIR=/data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=assets /app/var/vendor var/vendor
COPY --from=assets /app/var/fonts var/fonts
# The data folder belongs to the one user that everything runs as; static files are part of the image and are laid
# into the volume when the web container starts.
RUN useradd --system --uid 1000 portal && mkdir /data && chown portal /data
USER portal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD \
    ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 3).close()"]
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4"]
