# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS pages
WORKDIR /urna/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim-bookworm AS environment
WORKDIR /urna
COPY requirements/run.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r run.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data urna && install -d -o urna /data
WORKDIR /urna
COPY --from=environment /venv /venv
COPY alembic.ini ./
COPY migrations ./migrations
COPY app ./app
COPY --from=pages /urna/app/web/static ./app/web/static
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 URNA_DATA_DIR=/data URNA_DATABASE_URL=sqlite:////data/urna.db
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["sh", "-c", "python -m app migrate && exec python -m app serve --host 0.0.0.0"]
