# leaksift with its embedded model, for CI systems that run images:
#
#   docker build -t leaksift .
#   docker run --rm -v "$PWD:/work:ro" leaksift scan
#
# The base is pinned by digest; Dependabot moves it.
FROM python:3.14.6-slim-trixie@sha256:b877e50bd90de10af8d82c57a022fc2e0dc731c5320d762a27986facfc3355c1 AS build
WORKDIR /source
COPY . .
# Dependencies by hash and as wheels only; then exactly this source. What only the build needs goes.
RUN python -m venv /opt/leaksift \
 && pip="/opt/leaksift/bin/python -m pip --no-cache-dir --disable-pip-version-check" \
 && $pip install --require-hashes --only-binary :all: -r action/requirements.txt \
 && $pip install --no-deps --no-build-isolation . \
 && $pip uninstall --yes hatchling trove-classifiers pluggy tomlkit \
 && $pip uninstall --yes pip

FROM python:3.14.6-slim-trixie@sha256:b877e50bd90de10af8d82c57a022fc2e0dc731c5320d762a27986facfc3355c1
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 # A repository that is mounted belongs to somebody else, which git would refuse to read.
 && git config --system --add safe.directory '*' \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin leaksift
COPY --from=build /opt/leaksift /opt/leaksift
ENV PATH=/opt/leaksift/bin:$PATH \
    PYTHONSAFEPATH=1 \
    LEAKSIFT_OFFLINE=1 \
    LEAKSIFT_CACHE_DIR=/tmp/leaksift
USER 10001
WORKDIR /work
ENTRYPOINT ["leaksift"]
CMD ["scan"]
