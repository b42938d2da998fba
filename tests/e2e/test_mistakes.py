"""What a user can get wrong: one clear message with its place, the right exit code, and nothing of it left in the farm."""

import re
import shutil
import subprocess

import pytest
from builds import FRESH, SERVICES, add_line, results, write_project

HELLO = "FROM debian:bookworm-slim\nRUN echo hello > /hello\n"


def refused(client, project, *words, code=2):
    """The message of a submit that ends before anything runs. The same as JSON on stdout, no stack of messages."""
    answer = client.submit(project, *words)
    assert answer.code == code, str(answer)
    assert answer.json["schema"] == "farm.error.v1", str(answer)
    assert "internal error" not in answer.err
    return answer.err


def builds_known(client) -> int:
    return client.run("ps", "--output", "json", "-n", "1").json["builds"][0]["build"]


def test_an_unknown_service_names_the_nearest(built, market, still_works):
    message = refused(built, market, "orchestratr")
    assert "orchestratr" in message
    assert "orchestrator_rust" in message


def test_a_part_of_several_names_is_refused_with_all_of_them(built, market):
    message = refused(built, market, "rust")
    for service in ("orchestrator_rust", "market_discovery_rust", "game_shard_rust_shard_01"):
        assert service in message


def test_depends_on_an_unknown_service_is_an_error_with_its_line(built, market, still_works):
    file = market / "docker-compose.yml"
    file.write_text(file.read_text().replace("depends_on: [market_discovery_rust]", "depends_on: [market_discovry_rust]"))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "market_discovry" in text)
    message = refused(built, market)
    assert f"docker-compose.yml:{line}" in message
    assert "market_discovry_rust" in message


def test_compose_that_is_no_yaml_is_an_error_with_its_line(built, market):
    add_line(market / "docker-compose.yml", "  broken: [")
    assert re.search(r"docker-compose\.yml:\d+", refused(built, market))


def test_cyclic_contexts_are_named_as_a_cycle(built, tmp_path, still_works):
    cyclic = {
        "dockerfile_text": "FROM other\nRUN true\n",
        "additional_contexts": ["other: service:b"],
    }
    back = {**cyclic, "additional_contexts": ["other: service:a"]}
    message = refused(built, write_project(tmp_path / "cyclic", {"a": cyclic, "b": back}, "cyclic"))
    assert re.search(r"compose\.yaml:\d+", message), message
    assert "cycl" in message or "a -> b" in message or "a → b" in message, message


def test_a_context_of_a_service_that_is_not_there(local_farm, tmp_path):
    lost = {"dockerfile_text": "FROM other\n", "additional_contexts": ["other: service:nobody"]}
    message = refused(local_farm, write_project(tmp_path / "lost", {"a": lost}, "lost"))
    assert "nobody" in message
    assert re.search(r"compose\.yaml:\d+", message), message


def test_a_dockerfile_that_does_not_parse_is_an_error_with_its_line(built, tmp_path, still_works):
    project = write_project(tmp_path / "typo", {"good": HELLO, "bad": f"{HELLO}\nRUNN echo\n"}, "typo")
    message = refused(built, project)
    assert re.search(r"bad/Dockerfile:4\b", message), message
    assert "RUNN" in message


def test_a_dockerfile_that_is_not_there(local_farm, tmp_path):
    project = write_project(tmp_path / "gone", {"gone": HELLO}, "gone")
    (project / "gone/Dockerfile").unlink()
    assert "gone/Dockerfile" in refused(local_farm, project)


def test_a_file_that_copy_names_and_nobody_has_fails_with_the_dockerfile_s_line(built, tmp_path, still_works):
    text = "FROM debian:bookworm-slim\nCOPY nothing-here /there\n"
    answer = built.submit(write_project(tmp_path / "copy", {"copy": text}, "copying"))
    assert answer.code in (1, 2), str(answer)
    assert "nothing-here" in answer.err + answer.out


def test_no_compose_file_anywhere(local_farm, tmp_path):
    (tmp_path / "empty").mkdir()
    message = refused(local_farm, tmp_path / "empty")
    assert "--file" in message


def test_a_manifest_that_is_no_toml_is_an_error_with_its_line(built, market):
    add_line(market / "rust_core/Cargo.toml", "[dependencies")
    line = len((market / "rust_core/Cargo.toml").read_text().splitlines())
    assert f"rust_core/Cargo.toml:{line}" in refused(built, market)


@pytest.mark.parametrize("words", [("--parallel=0",), ("--parallel=many",), ("--nonsense",), ("--timeout", "0")])
def test_options_that_mean_nothing(built, market, words):
    answer = built.submit(market, *words)
    assert answer.code == 2, str(answer)
    assert words[0].partition("=")[0] in answer.err + answer.out


def test_mistakes_that_are_found_by_reading_leave_no_build_behind(built, cold, market, tmp_path):
    before = builds_known(built)
    refused(built, market, "nobody")
    refused(built, write_project(tmp_path / "typo", {"bad": "FROM debian:bookworm-slim\nRUNN x\n"}, "typo"))
    assert builds_known(built) == before


@pytest.mark.parametrize("where", ["registry", "mirror"])
def test_a_base_image_that_is_missing_is_named(built, tmp_path, where, still_works):
    image = f"{built.registry}/nobody/made-this:1" if where == "registry" else "nobody/made-this:1"
    answer = built.submit(write_project(tmp_path / "base", {"base": f"FROM {image}\nRUN true\n"}, "baseless"))
    assert answer.code in (1, 2, 3), str(answer)
    assert "nobody/made-this" in answer.err + answer.out
    assert "internal error" not in answer.err


def break_orchestrator(project) -> int:
    """An error of types; its line."""
    source = project / "orchestrator_rust/src/main.rs"
    add_line(source, f'fn broken_{FRESH}() -> u32 {{ "no number" }}')
    return len(source.read_text().splitlines())


def test_rustc_s_error_reaches_the_user_and_is_no_reason_to_try_again(built, market, still_works):
    line = break_orchestrator(market)
    answer = built.submit(market, "--parallel", "all")
    assert answer.code == 1, str(answer)
    assert results(answer.json) == {**dict.fromkeys(SERVICES, "hit"), "orchestrator_rust": "failed"}
    reason = next(service["reason"] for service in answer.json["services"] if service["result"] == "failed")
    assert f"orchestrator_rust/src/main.rs:{line}" in reason, reason
    assert "mismatched types" in reason
    failed = [job for job in answer.json["jobs"] if job["state"] == "failed"]
    assert [job["attempts"] for job in failed] == [1], "a failing build is an outcome, not to be tried again"


def test_a_service_that_does_not_compile_leaves_the_other_changed_ones_alone(built, market):
    break_orchestrator(market)
    add_line(market / "signal_processor_rust/src/main.rs", f"// Fine, {FRESH}.")
    answer = built.submit(market, "--parallel", "all")
    assert answer.code == 1, str(answer)
    assert results(answer.json)["orchestrator_rust"] == "failed"
    assert results(answer.json)["signal_processor_rust"] == "built"
    healthy = next(service for service in answer.json["services"] if service["service"] == "signal_processor_rust")
    assert "compile failed: made without it" in healthy["reason"]
    broken = next(service for service in answer.json["services"] if service["service"] == "orchestrator_rust")
    assert "orchestrator_rust/src/main.rs" in broken["reason"], "its own compiler error, not another's"


def test_the_message_of_a_failed_build_stands_in_the_text_too(built, cold, market):
    add_line(market / "orchestrator_rust/src/main.rs", "fn broken_too() -> u32 { missing_function() }")
    answer = built.run("submit", "orchestrator", cwd=market)
    assert answer.code == 1, str(answer)
    assert "orchestrator_rust/src/main.rs:" in answer.out
    assert "missing_function" in answer.out


def test_a_lockfile_that_is_older_than_the_manifests_is_told(built, cold, market):
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    manifest = market / "orchestrator_rust/Cargo.toml"
    manifest.write_text(manifest.read_text().replace("[dependencies]\n", '[dependencies]\nno_such_crate_of_ours = "7"\n'))
    oracle = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
    done = subprocess.run(oracle, cwd=market, capture_output=True, check=False)
    assert done.returncode != 0
    answer = built.submit(market, "orchestrator")
    assert answer.code in (1, 2), str(answer)
    assert "no_such_crate_of_ours" in answer.err + answer.out
