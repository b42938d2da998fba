# farmctl for CI jobs, from farm's Debian package.
#   deploy/packages.sh && docker build -f deploy/images/farmctl.Dockerfile -t farmctl build/packages
#   docker run -v "$PWD:/project" -v ~/.config/farm:/etc/farm:ro -e FARM_CONFIG=/etc/farm/client.yaml farmctl submit --parallel all
FROM debian:bookworm-slim
RUN --mount=type=bind,target=/packages \
    apt-get update \
    && apt-get install -y --no-install-recommends /packages/farmctl_*.deb ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /project
ENTRYPOINT ["/usr/bin/farmctl"]
CMD ["--help"]
