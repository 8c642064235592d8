# syntax=docker/dockerfile:1
# One image for every process of the platform: the sub-command says which.
# The servers (PostgreSQL, Redis, Keycloak) are named by address, so the wheels that embed them stay out.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/clearing
COPY requirements/build.txt requirements/runtime.txt /tmp/requirements/
# Wheels only, each checked against its hash: nothing is compiled and no build script runs.
RUN /opt/clearing/bin/python -m pip install --require-hashes --only-binary :all: \
      -r /tmp/requirements/build.txt -r /tmp/requirements/runtime.txt
COPY . /app
# The program stays where it is and finds its migrations beside it; this only makes the command `clearing`.
RUN /opt/clearing/bin/python -m pip install --no-deps --no-build-isolation --editable /app \
 && /opt/clearing/bin/python -m pip uninstall --yes setuptools \
 && /opt/clearing/bin/python -m pip uninstall --yes pip \
 && python -m compileall -q -j 0 /opt/clearing /app


FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="clearing-house" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin clearing
COPY --from=build /opt/clearing /opt/clearing
COPY --from=build /app /app
ENV PATH=/opt/clearing/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CLEARING_HTTP_HOST=0.0.0.0 \
    CLEARING_HEALTH_HOST=0.0.0.0
WORKDIR /app
USER 10001:10001
EXPOSE 8080
# Another process than the API has its own port: compose.yaml says which.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["python", "/app/deploy/ready.py", "8080"]
ENTRYPOINT ["clearing"]
CMD ["api"]
