# The steps are those of the README: the locked packages first, then Parley itself.
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 parley
WORKDIR /srv/parley
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY app app
COPY migrations migrations
RUN .venv/bin/pip install --quiet --no-cache-dir --no-deps --no-build-isolation -e .

ENV PATH="/srv/parley/.venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=8000
USER parley
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["parley", "serve"]
