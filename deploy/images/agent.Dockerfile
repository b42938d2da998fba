# The agent with buildx, from farm's Debian packages. It builds on a BuildKit outside of its container.
#   deploy/packages.sh && docker build -f deploy/images/agent.Dockerfile -t farm-agent build/packages
# Runs with its configuration in /etc/farm (agent.yaml, its key), BuildKit's socket, and the group that may use the socket:
#   docker run -v /etc/farm:/etc/farm:ro -v farm-agent:/var/lib/farm/agent -v /run/farm-buildkit:/run/farm-buildkit --group-add GID farm-agent
FROM debian:bookworm-slim
RUN --mount=type=bind,target=/packages \
    apt-get update \
    && apt-get install -y --no-install-recommends /packages/farm-agent_*.deb ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && dpkg-deb --fsys-tarfile /packages/farm-buildkit_*.deb | tar -x -C / ./usr/lib/farm/buildx \
    && install -d -o farm-agent -g farm-agent -m 700 /var/lib/farm/agent
USER farm-agent
VOLUME /var/lib/farm/agent
EXPOSE 7450
# The first SIGTERM lets running jobs end: give `docker stop` time (-t 600), or drain the agent first.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/farm-agent"]
CMD ["--config", "/etc/farm/agent.yaml"]
