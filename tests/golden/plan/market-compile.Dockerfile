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
RUN cargo chef cook --release --recipe-path recipe.json

# Our own code.
FROM dependencies AS builder
COPY . .
ARG SERVICE
ARG FARM_BINS
RUN cargo build --release ${FARM_BINS}

# The image that ships: the binary and nothing else.
FROM debian:bookworm-slim AS runtime
ARG SERVICE
COPY --from=builder /app/target/release/${SERVICE} /usr/local/bin/service
USER 65534:65534
ENV PORT=8080
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/service"]

FROM scratch AS farm-out
COPY --from=builder /app/target/release/[e]xecution_service_rust /app/target/release/
COPY --from=builder /app/target/release/[g]ame_shard_rust /app/target/release/
COPY --from=builder /app/target/release/[m]arket_discovery_rust /app/target/release/
COPY --from=builder /app/target/release/[o]rchestrator_rust /app/target/release/
COPY --from=builder /app/target/release/[s]ignal_processor_rust /app/target/release/
