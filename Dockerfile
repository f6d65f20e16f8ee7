# The Skill Runner as a container, for any engine; tests/container/run builds and uses it.
# It runs as a user without privileges under an engine's default settings; SystemService.GetCapabilities (skillctl doctor)
# says which isolation the engine leaves to the runs.

FROM docker.io/library/debian:bookworm-slim AS build
WORKDIR /src
COPY scripts scripts
RUN scripts/setup --build-only
COPY . .
ENV CCACHE_BASEDIR=/src CCACHE_NOHASHDIR=true
RUN cmake --preset release -DSKILL_RUNNER_BUILD_TESTS=OFF -DSKILL_RUNNER_BUILD_BENCH=OFF \
 && cmake --build --preset release --target skill-runner skill-server skillctl skill-zygote-exec skill-zygote-python \
      skill-preload \
 && install --strip -D --target-directory=/out \
      build/release/bin/skill-runner build/release/bin/skill-server build/release/bin/skillctl build/release/bin/skill-zygote-exec \
      build/release/bin/skill-zygote-python build/release/bin/libskill-preload.so

FROM docker.io/library/debian:bookworm-slim
LABEL org.opencontainers.image.title="skill-runner" \
      org.opencontainers.image.description="Runs the code examples of PromptOS skills as sandboxed tasks, over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libgrpc++1.51 libprotobuf32 libabsl20220623 libcmark-gfm0.29.0.gfm.6 libcmark-gfm-extensions0.29.0.gfm.6 \
      libyaml-cpp0.7 libutf8proc2 libseccomp2 libcap2 libspdlog1.10 libfmt9 libsqlite3-0 \
      libexpat1 zlib1g python3 python3-aiohttp \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/skill-runner --shell /usr/sbin/nologin skill-runner \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/skill-runner
COPY --from=build /out/ /usr/local/bin/
COPY LICENSE /usr/share/doc/skill-runner/LICENSE
COPY skills /skills
# A library that is missing above is found now, not by the first user.
RUN ! ldd /usr/local/bin/skill* | grep "not found"
USER 10001:10001
EXPOSE 50051
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["skillctl", "doctor", "--quiet"]
# Variables, so that a flag behind the image's name wins over each. Who can reach the port is decided by how the container's
# network is published.
ENV SKILL_RUNNER_LISTEN=0.0.0.0:50051 \
    SKILL_RUNNER_LISTEN_BEYOND_LOOPBACK_WITHOUT_CREDENTIALS=true \
    SKILL_RUNNER_SKILLS=/skills \
    SKILL_RUNNER_STATE_DIR=/var/lib/skill-runner
ENTRYPOINT ["skill-runner"]
