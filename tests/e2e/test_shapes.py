"""Projects of other shapes than the market: cook and build in one stage, services without cargo, services on services."""

import shutil
import subprocess
from collections import Counter

import pytest
from builds import FRESH, add_line, digests, job_named, log_of, ran, results, submit, write_project

BASE = "FROM debian:bookworm-slim\n"

# The form that cargo-chef's own README gives: cook and build in one stage.
ONE_STAGE = """FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef
WORKDIR /app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
COPY . .
RUN cargo build --release --bin NAME

FROM debian:bookworm-slim AS runtime
COPY --from=builder /app/target/release/NAME /usr/local/bin/NAME
RUN ["/usr/local/bin/NAME"]
ENTRYPOINT ["/usr/local/bin/NAME"]
"""
HELLO = """fn main() {
    println!("NAME says {} FRESH", common::greeting(itoa::Buffer::new().format(41 + 1)));
}
"""
MEMBER = """[package]
name = "NAME"
version = "0.1.0"
edition = "2021"

[dependencies]
"""


def write_workspace(folder):
    """Two services and a crate that both use, one small dependency, one Dockerfile per service."""
    for service in ("hello", "goodbye"):
        (folder / service / "src").mkdir(parents=True)
        needs = 'common = { path = "../common" }\nitoa = "1"\n'
        (folder / service / "Cargo.toml").write_text(MEMBER.replace("NAME", service) + needs)
        (folder / service / "src/main.rs").write_text(HELLO.replace("NAME", service).replace("FRESH", FRESH))
        (folder / f"Dockerfile.{service}").write_text(ONE_STAGE.replace("NAME", service))
    (folder / "common/src").mkdir(parents=True)
    (folder / "common/Cargo.toml").write_text(MEMBER.replace("NAME", "common"))
    (folder / "common/src/lib.rs").write_text('pub fn greeting(n: &str) -> String {\n    format!("greetings {n}")\n}\n')
    (folder / "Cargo.toml").write_text('[workspace]\nresolver = "2"\nmembers = ["common", "hello", "goodbye"]\n')
    (folder / ".dockerignore").write_text("target/\nDockerfile*\ncompose.yaml\n")
    services = "".join(
        f"  {service}:\n    build:\n      context: .\n      dockerfile: Dockerfile.{service}\n"
        for service in ("hello", "goodbye")
    )
    (folder / "compose.yaml").write_text(f"name: onestage\nservices:\n{services}")
    done = subprocess.run(["cargo", "generate-lockfile"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def one_stage(local_farm, short_dir):
    """The workspace, built once, and the status of that build."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    folder = write_workspace(short_dir / "onestage")
    return folder, submit(local_farm, folder, "--parallel", "all")


@pytest.fixture
def workspace(one_stage, tmp_path):
    """A copy of the built workspace that the test may change."""
    return shutil.copytree(one_stage[0], tmp_path / "onestage")


def test_cook_and_build_in_one_stage_are_split_and_the_binaries_are_real(local_farm, one_stage):
    _, status = one_stage
    assert results(status) == {"hello": "built", "goodbye": "built"}
    assert ran(status)["deps"] >= 1
    for service in ("hello", "goodbye"):
        assert f"{service} says greetings 42" in log_of(local_farm, status, service)


def test_in_one_stage_too_nothing_changed_means_no_job(local_farm, one_stage, workspace):
    status = submit(local_farm, workspace, "--parallel", "all")
    assert not ran(status)
    assert digests(status) == digests(one_stage[1])


def test_in_one_stage_too_one_line_compiles_no_dependency(local_farm, workspace):
    add_line(workspace / "hello/src/main.rs", "// One line.")
    status = submit(local_farm, workspace, "--parallel", "all")
    assert ran(status) == Counter(image=1)
    assert results(status) == {"hello": "built", "goodbye": "hit"}
    log = log_of(local_farm, status, "hello")
    assert "Compiling hello v" in log
    assert "Compiling itoa v" not in log


def test_in_one_stage_too_a_shared_crate_cooks_nothing(local_farm, workspace):
    file = workspace / "common/src/lib.rs"
    file.write_text(file.read_text().replace("greetings", "salutations"))
    status = submit(local_farm, workspace, "--parallel", "all")
    assert ran(status)["deps"] == 0
    assert ran(status)["image"] == 2
    for service in ("hello", "goodbye"):
        assert f"{service} says salutations 42" in log_of(local_farm, status, service), "not a stale one"


# As AppFlowy, lemmy and others write it: one Dockerfile for both profiles, and sqlx told only behind the cook not to ask a database.
BY_PROFILE = """FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef
WORKDIR /app
FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json
FROM chef AS builder
ARG PROFILE="release"
COPY --from=planner /app/recipe.json recipe.json
RUN if [ "$PROFILE" = "release" ]; then \\
      cargo chef cook --release --recipe-path recipe.json; \\
    else \\
      cargo chef cook --recipe-path recipe.json; \\
    fi
COPY . .
ENV SQLX_OFFLINE=true
RUN if [ "$PROFILE" = "release" ]; then cargo build --release --bin hello; else cargo build --bin hello; fi
FROM debian:bookworm-slim AS runtime
ARG PROFILE="release"
COPY --from=builder /app/target/$PROFILE/hello /usr/local/bin/hello
RUN ["/usr/local/bin/hello"]
"""


@pytest.mark.parametrize("profile", ["release", "debug"])
def test_a_dockerfile_that_chooses_its_profile_by_an_argument_has_a_layer_of_dependencies(local_farm, workspace, profile):
    (workspace / "Dockerfile.profile").write_text(BY_PROFILE)
    build = f"build:\n      context: .\n      dockerfile: Dockerfile.profile\n      args:\n        PROFILE: {profile}\n"
    (workspace / "compose.yaml").write_text(f"name: profile-{profile}\nservices:\n  hello:\n    {build}")
    status = submit(local_farm, workspace)
    assert ran(status) == Counter(deps=1, image=1)
    assert "Compiling itoa v" in log_of(local_farm, status, job_named(status, "deps")["name"])
    log = log_of(local_farm, status, "hello")
    assert "Compiling itoa v" not in log
    assert f"Finished `{'release' if profile == 'release' else 'dev'}` profile" in log
    assert "hello says greetings 42" in log


# --- no cargo at all


def write_chain(folder):
    """`base` ← `middle` ← `top`, and `alone`, which needs nobody."""
    services = {
        "base": f"{BASE}COPY text.txt /base/text.txt\n",
        "middle": {
            "dockerfile_text": "FROM lower\nRUN cat /base/text.txt > /middle.txt && echo middle >> /middle.txt\n",
            "additional_contexts": ["lower: service:base"],
        },
        "top": {
            "dockerfile_text": f"{BASE}COPY --from=lower /middle.txt /top.txt\nRUN cat /top.txt\n",
            "additional_contexts": ["lower: service:middle"],
        },
        "alone": f"{BASE}COPY text.txt /alone.txt\n",
    }
    write_project(folder, services, "chain")
    (folder / "base/text.txt").write_text(f"first text {FRESH}\n")
    (folder / "alone/text.txt").write_text(f"alone {FRESH}\n")
    return folder


def test_a_service_is_built_after_the_service_that_is_its_context(local_farm, tmp_path):
    project = write_chain(tmp_path / "chain")
    status = submit(local_farm, project, "--parallel", "all")
    assert results(status) == dict.fromkeys(("base", "middle", "top", "alone"), "built")
    assert ran(status) == Counter(image=4)
    log = log_of(local_farm, status, "top")
    assert "first text" in log
    assert "middle" in log

    (project / "base/text.txt").write_text(f"second text {FRESH}\n")
    status = submit(local_farm, project, "--parallel", "all")
    assert results(status) == {"base": "built", "middle": "built", "top": "built", "alone": "hit"}
    assert "second text" in log_of(local_farm, status, "top")

    (project / "top/Dockerfile").write_text((project / "top/Dockerfile").read_text() + f"RUN echo more {FRESH}\n")
    status = submit(local_farm, project, "top")
    assert results(status) == {"top": "built"}
    assert ran(status) == Counter(image=1), "what it stands on was there"


def test_one_service_alone_builds_what_it_stands_on(local_farm, tmp_path):
    project = write_chain(tmp_path / "chain")
    (project / "base/text.txt").write_text(f"{tmp_path.name} {FRESH}\n")
    status = submit(local_farm, project, "top")
    assert results(status) == {"top": "built"}
    assert ran(status) == Counter(image=3)


def test_a_folder_and_another_image_as_contexts(local_farm, tmp_path):
    build = {
        "dockerfile_text": f"{BASE}COPY --from=files note.txt /note.txt\nCOPY --from=other /etc/debian_version /v\n"
        "RUN cat /note.txt\n",
        "additional_contexts": ["files: ./shared", "other: docker-image://debian:bookworm-slim"],
    }
    project = write_project(tmp_path / "mixed", {"mixed": build}, "mixed")
    (project / "shared").mkdir()
    (project / "shared/note.txt").write_text(f"from a folder {FRESH}\n")
    status = submit(local_farm, project)
    assert "from a folder" in log_of(local_farm, status, "mixed")
    (project / "shared/note.txt").write_text(f"from the folder {FRESH}\n")
    status = submit(local_farm, project)
    assert ran(status) == Counter(image=1)
    assert not ran(submit(local_farm, project))


def test_file_modes_and_links_reach_the_image_and_modification_times_don_t_count(local_farm, tmp_path):
    check = "RUN test -x /in/run.sh && test ! -x /in/plain && test -L /in/link && test $(cat /in/link) = text\n"
    project = write_project(tmp_path / "modes", {"modes": f"{BASE}COPY in /in\n{check}"}, "modes")
    folder = project / "modes/in"
    folder.mkdir()
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "plain").write_text("text\n")
    (folder / "link").symlink_to("plain")
    submit(local_farm, project)
    (folder / "plain").touch()
    assert not ran(submit(local_farm, project))
    (folder / "plain").chmod(0o755)
    answer = local_farm.submit(project)
    assert answer.code == 1, "it is executable now, which the build must see"
    assert results(answer.json) == {"modes": "failed"}


def test_build_arguments_and_a_target_are_part_of_what_is_built(local_farm, tmp_path):
    text = (
        f"FROM debian:bookworm-slim AS base\nARG WHO=nobody\nRUN echo hello $WHO {FRESH}\n"
        f"FROM base AS extra\nRUN echo extra {FRESH}\n"
    )
    two = {
        "plain": {"dockerfile_text": text, "args": ["WHO: plain"], "target": "base"},
        "more": {"dockerfile_text": text, "args": ["WHO: more"]},
    }
    project = write_project(tmp_path / "args", two, "args")
    status = submit(local_farm, project, "--parallel", "all")
    assert "hello plain" in log_of(local_farm, status, "plain")
    assert "extra" not in log_of(local_farm, status, "plain")
    assert "hello more" in log_of(local_farm, status, "more")
    assert job_named(status, "image more")["attempts"] == 1
