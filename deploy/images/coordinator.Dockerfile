# The coordinator, from farm's Debian package.
#   deploy/packages.sh && docker build -f deploy/images/coordinator.Dockerfile -t farm-coordinator build/packages
# Runs with its configuration in /etc/farm (coordinator.yaml, its key, the key book) and its state in a volume:
#   docker run -v /etc/farm:/etc/farm:ro -v farm-state:/var/lib/farm/coordinator -p 7440:7440 -p 7441:7441 farm-coordinator
FROM debian:bookworm-slim
RUN --mount=type=bind,target=/packages \
    apt-get update \
    && apt-get install -y --no-install-recommends /packages/farm-coordinator_*.deb \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o farm-coordinator -g farm-coordinator -m 700 /var/lib/farm/coordinator
USER farm-coordinator
VOLUME /var/lib/farm/coordinator
EXPOSE 7440 7441
ENTRYPOINT ["/usr/bin/farm-coordinator"]
CMD ["--config", "/etc/farm/coordinator.yaml"]
