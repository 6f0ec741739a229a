# One image for web, worker, beat and the one-off migrate; docker-compose.yml
# says which is which. Nothing is fetched when it starts.

# -- the design system's files ----------------------------------------------
FROM node:22-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

# -- Python packages, static files -------------------------------------------
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/run.lock /tmp/run.lock
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/run.lock
WORKDIR /app
COPY . .
COPY --from=modules /app/node_modules ./node_modules
# The local settings serve here because they ask for no server; the key that
# they make stays in this stage.
RUN python hubapp/setup/assets.py \
 && rm -rf node_modules \
 && DATA_DIR=/tmp/build STATIC_ROOT=/app/staticfiles DJANGO_SETTINGS_MODULE=hubapp.settings.local \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && /opt/venv/bin/python -m compileall -q /app

# -- what runs -----------------------------------------------------------------
FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin hubapp \
 && install -d -o hubapp -g hubapp -m 0750 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=hubapp.settings.production \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles
USER hubapp
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "hubapp/setup/healthcheck.py"]
# exec: gunicorn is process 1 and hears the TERM of a stop.
CMD ["sh", "-c", "exec gunicorn hubapp.wsgi:application --bind 0.0.0.0:8000 --workers ${WEB_WORKERS:-3} --threads 4 --timeout 60 --graceful-timeout 20 --worker-tmp-dir /dev/shm --no-control-socket"]
