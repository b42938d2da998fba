# One Dockerfile for all Rust services of the market; the build argument SERVICE names the binary.
# Dependencies are compiled in a layer of their own, which is the same for all services: SERVICE is declared only after it.

FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef
WORKDIR /app

# What the workspace depends on, without any of its code.
FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

# Every external crate, compiled once. Changes only when the dependencies do.
FROM chef AS dependencies
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --bin execution_service_rust --bin game_shard_rust --bin market_discovery_rust --bin orchestrator_rust --bin signal_processor_rust --release --recipe-path recipe.json

# Our own code.
FROM dependencies AS builder
COPY . .
ARG SERVICE
RUN cargo build --release --bin ${SERVICE}

# The image that ships: the binary and nothing else.
FROM debian:bookworm-slim AS runtime
ARG SERVICE
COPY --from=builder /app/target/release/${SERVICE} /usr/local/bin/service
USER 65534:65534
ENV PORT=8080
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/service"]

FROM dependencies AS farm-clean
RUN ["/bin/sh", "-c", "set -e; h='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'; h=$h$h$h$h; for f in '/app/target'/*/.fingerprint '/app/target'/*/*/.fingerprint; do d=${f%/.fingerprint}; [ -d \"$f\" ] || continue; rm -rf \"$d/incremental\"; for n in 'execution_service_rust' 'game_shard_rust' 'market_discovery_rust' 'orchestrator_rust' 'rust_core' 'signal_processor_rust'; do rm -rf \"$d/.fingerprint/$n-\"$h \"$d/build/$n-\"$h \"$d/deps/$n-\"$h* \"$d/deps/lib$n-\"$h* \"$d/examples/$n\"* \"$d/$n\" \"$d/$n.d\" \"$d/lib$n.\"*; done; done; cd '/app'; rm -rf -- 'Cargo.lock' 'Cargo.toml' 'execution_service_rust' 'game_shard_rust' 'market_discovery_rust' 'orchestrator_rust' 'rust_core' 'signal_processor_rust'; true"]
