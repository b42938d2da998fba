"""What is built, and what is not built again, on one local farm: examples/market, cold and after each kind of change."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from builds import (
    FRESH, LOCAL_CRATES, SERVICES, Running, add_line, compiled, digests, job_named, jobs_of, log_of, ran, results, submit,
    write_project,
)  # fmt: skip
from farm import REPO, copy_market


def test_a_cold_build_makes_each_layer_once_and_five_images_for_six_services(built, cold):
    assert cold["state"] == "succeeded"
    assert ran(cold) == Counter(deps=1, crates=1, compile=1, image=5)
    assert results(cold) == dict.fromkeys(SERVICES, "built")
    assert len(set(digests(cold).values())) == 5
    shards = [digests(cold)[f"game_shard_rust_shard_0{number}"] for number in (1, 2)]
    assert shards[0] == shards[1]
    assert {job["attempts"] for job in cold["jobs"]} == {1}
    assert cold["counters"]["jobs_run"] == 8
    assert compiled(built, cold) == Counter(dict.fromkeys(LOCAL_CRATES, 1))


def test_no_stub_is_left_in_the_layer_of_dependencies(built, cold, tmp_path):
    deps = job_named(cold, "deps")
    listing = "RUN find / -path /proc -prune -o -path '*/release/*' -printf 'have %P\\n'"
    image = f"FROM {built.registry}/farm/deps@{deps['digest']}\n{listing}\n"
    status = submit(built, write_project(tmp_path / "look", {"look": image}, "market-look"))
    log = log_of(built, status, "image look")
    have = [line.partition("have ")[2] for line in log.splitlines() if "have " in line]
    assert any("/release/.fingerprint/axum-" in path for path in have), log[-2000:]
    assert any("/release/deps/libaxum-" in path for path in have)
    for crate in LOCAL_CRATES:
        left = [path for path in have if f"/{crate}" in path or f"/lib{crate}" in path]
        assert not left, f"of {crate}: {left}"


def test_each_image_answers_a_request(built, cold):
    if not (shutil.which("runc") or shutil.which("docker")):
        pytest.skip("neither runc nor docker")
    requests = (REPO / "deploy/local/market-requests.txt").read_text().split()
    runner = [REPO / "deploy/local/run-images.sh", built.registry, *requests]
    done = subprocess.run(runner, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 5, done.stdout


def test_an_unchanged_project_runs_no_job(built, cold, market):
    status = submit(built, market, "--parallel", "all")
    assert not ran(status)
    assert results(status) == dict.fromkeys(SERVICES, "hit")
    assert digests(status) == digests(cold)
    assert {service["reason"] for service in status["services"]} == {"unchanged"}


def test_another_client_with_other_modification_times_hits_in_one_round_trip(cold, new_client, market):
    for path in market.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    answer = new_client.submit(market, "--parallel", "all")
    assert answer.code == 0, str(answer)
    assert not ran(answer.json)
    assert results(answer.json) == dict.fromkeys(SERVICES, "hit")
    assert digests(answer.json) == digests(cold)
    assert answer.err == "", "it pushed or waited for something"


def test_a_line_in_one_service_runs_one_image_job(built, cold, market):
    add_line(market / "orchestrator_rust/src/main.rs", f"// A line more, {FRESH}.")
    status = submit(built, market, "--parallel", "all")
    assert ran(status) == Counter(image=1)
    hits = dict.fromkeys(SERVICES, "hit")
    assert results(status) == {**hits, "orchestrator_rust": "built"}
    assert compiled(built, status) == Counter(orchestrator_rust=1)
    reason = next(service["reason"] for service in status["services"] if service["result"] == "built")
    assert "orchestrator_rust" in reason


def test_a_line_in_the_shared_crate_compiles_each_local_crate_once_in_the_whole_farm(built, cold, market):
    add_line(market / "rust_core/src/lib.rs", f"pub const LINE_{FRESH.upper()}: u32 = 1;")
    status = submit(built, market, "--parallel", "all")
    assert ran(status) == Counter(crates=1, compile=1, image=5)
    assert results(status) == dict.fromkeys(SERVICES, "built")
    assert compiled(built, status) == Counter(dict.fromkeys(LOCAL_CRATES, 1))
    assert "Compiling axum" not in "".join(log_of(built, status, job["name"]) for job in status["jobs"])


def test_what_was_built_before_a_change_hits_again_after_it_is_taken_back(built, cold, market):
    source = market / "execution_service_rust/src/main.rs"
    text = source.read_text()
    add_line(source, f"// There and back again, {FRESH}.")
    assert ran(submit(built, market, "execution")) == Counter(image=1)
    source.write_text(text)
    status = submit(built, market, "--parallel", "all")
    assert not ran(status)
    assert digests(status) == digests(cold)


@pytest.mark.parametrize("manifest", ["market_discovery_rust/Cargo.toml", "Cargo.toml"])
def test_a_comment_in_a_manifest_cooks_nothing(built, cold, market, manifest):
    add_line(market / manifest, f"# A comment, {FRESH}.")
    status = submit(built, market, "market_discovery")
    assert ran(status)["deps"] == 0
    assert results(status) == {"market_discovery_rust": "built"}


def test_a_file_of_another_service_that_is_included_is_not_missed(built, cold, market):
    """Both services change, so one cargo run compiles both: there the file of the other is always to be found."""
    text = market / "signal_processor_rust/motto.txt"
    text.write_text(f"one {FRESH}")
    add_line(market / "orchestrator_rust/src/main.rs",
             '#[used] static MOTTO: &str = include_str!("../../signal_processor_rust/motto.txt");')
    add_line(market / "signal_processor_rust/src/main.rs", f"// Changed too, {FRESH}.")
    first = submit(built, market, "--parallel", "all")
    assert ran(first)["compile"] == 1
    text.write_text(f"two {FRESH}")
    second = submit(built, market, "--parallel", "all")
    assert results(second)["orchestrator_rust"] == "built"
    assert digests(second)["orchestrator_rust"] != digests(first)["orchestrator_rust"]


def test_a_file_that_no_build_sees_changes_nothing(built, cold, market):
    (market / "docs").mkdir()
    (market / "docs/notes.txt").write_text("left out by .dockerignore\n")
    assert not ran(submit(built, market, "--parallel", "all"))


def add_dependency(project: Path, service: str, dependency: str) -> None:
    """As a developer does it: the manifest by hand, the lockfile by cargo."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    manifest = project / service / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("[dependencies]\n", f"[dependencies]\n{dependency}\n"))
    before = (project / "Cargo.lock").read_text()
    done = subprocess.run(["cargo", "update", "--workspace"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (project / "Cargo.lock").read_text() != before


def test_a_new_dependency_is_cooked_once_for_all_who_wait_for_it(built, cold, new_client, market, tmp_path):
    add_dependency(market, "orchestrator_rust", 'hex = "0.4"')
    twin = tmp_path / "twin"
    shutil.copytree(market, twin)
    words = ("submit", "--output", "json", "--parallel", "orchestrator", "market_discovery")
    both = [Running(client, *words, cwd=tree) for client, tree in ((built, market), (new_client, twin))]
    answers = [running.end() for running in both]
    assert [answer.code for answer in answers] == [0, 0], "\n".join(str(answer) for answer in answers)
    first, second = (answer.json for answer in answers)
    assert digests(first) == digests(second)
    agents_ran = {(job["key"], job["agent"]) for status in (first, second) for job in jobs_of(status, "deps")}
    assert len(agents_ran) == 1, "one cook, on one agent"
    shared = first["counters"]["jobs_shared"] + second["counters"]["jobs_shared"]
    assert shared >= 1, f"{first['counters']} {second['counters']}"
    keys = [job["key"] for status in (first, second) for job in status["jobs"] if job["attempts"] > 0]
    run = first["counters"]["jobs_run"] + second["counters"]["jobs_run"]
    assert run == len(set(keys)), "each key ran once"


def test_a_change_that_only_one_of_two_clients_has_is_built_for_that_one(built, cold, new_client, market, tmp_path):
    other = copy_market(tmp_path / "other")
    add_line(market / "signal_processor_rust/src/main.rs", f"// Mine, {FRESH}.")
    mine = Running(built, "submit", "--output", "json", "--parallel", "all", cwd=market)
    theirs = submit(new_client, other, "--parallel", "all")
    assert not ran(theirs)
    answer = mine.end()
    assert answer.code == 0, str(answer)
    assert ran(answer.json) == Counter(image=1)
    assert digests(theirs)["signal_processor_rust"] != digests(answer.json)["signal_processor_rust"]


