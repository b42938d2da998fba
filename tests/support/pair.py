"""A Rust project that is as small as one can be that has every kind of job: two services, a crate that both use, one
dependency."""

from pathlib import Path

SERVICES = ("left", "right")

LOCK = """version = 3

[[package]]
name = "cfg-if"
version = "1.0.5"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "4e7648175b45a9a48536d676f68d918270699102aa8dab5496df06904c914600"

[[package]]
name = "left"
version = "0.1.0"
dependencies = ["middle"]

[[package]]
name = "middle"
version = "0.1.0"
dependencies = ["cfg-if"]

[[package]]
name = "right"
version = "0.1.0"
dependencies = ["middle"]
"""
DOCKERFILE = """FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef
WORKDIR /app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS dependencies
RUN sleep {cook_seconds} && echo {name}
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json

FROM dependencies AS builder
RUN sleep {compile_seconds} && echo {name}
COPY . .
ARG SERVICE
RUN cargo build --release --bin ${{SERVICE}}

FROM debian:bookworm-slim AS runtime
ARG SERVICE
COPY --from=builder /app/target/release/${{SERVICE}} /usr/local/bin/service
ENTRYPOINT ["/usr/local/bin/service"]
"""
MAIN = """fn main() {{
    println!("{service} {{}}", middle::answer());
}}
"""
MIDDLE = """cfg_if::cfg_if! {
    if #[cfg(unix)] {
        pub fn answer() -> u32 { 42 }
    } else {
        pub fn answer() -> u32 { 0 }
    }
}
"""


def write_pair(folder: Path, name: str, cook_seconds: int = 0, compile_seconds: int = 0) -> Path:
    """Writes the project. Each `name` is other work for a farm, with the same images in the end: what differs are steps
    before the cook and before the compilation, which take so many seconds."""
    crates = {service: ('middle = { path = "../middle" }', "main.rs", MAIN.format(service=service)) for service in SERVICES}
    crates["middle"] = ('cfg-if = "1"', "lib.rs", MIDDLE)
    for crate, (dependency, file, text) in crates.items():
        (folder / crate / "src").mkdir(parents=True)
        manifest = f'[package]\nname = "{crate}"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n{dependency}\n'
        (folder / crate / "Cargo.toml").write_text(manifest)
        (folder / crate / "src" / file).write_text(text)
    members = ", ".join(f'"{crate}"' for crate in sorted(crates))
    (folder / "Cargo.toml").write_text(f'[workspace]\nresolver = "2"\nmembers = [{members}]\n')
    (folder / "Cargo.lock").write_text(LOCK)
    text = DOCKERFILE.format(name=name, cook_seconds=cook_seconds, compile_seconds=compile_seconds)
    (folder / "Dockerfile").write_text(text)
    lines = ["name: pair", "services:"]
    for service in SERVICES:
        lines += [f"  {service}:", "    build:", "      context: .", f"      args: {{SERVICE: {service}}}"]
    (folder / "compose.yaml").write_text("\n".join(lines) + "\n")
    return folder
