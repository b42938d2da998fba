"""What shells and man are told about farmctl: completion in real shells, manual pages, examples in --help."""

import re
import shutil
import subprocess
from pathlib import Path

import ci_files
import pytest
import shells
from builds import FRESH, submit, write_project
from farm import FarmClient


@pytest.fixture
def client(programs, tmp_path) -> FarmClient:
    return FarmClient(programs, tmp_path / "home")


@pytest.fixture(scope="module")
def pages(programs, tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([programs / "farmctl", "man", "--directory", folder], check=True)
    return sorted(folder.iterdir())


def complete_in_bash(client, line: str, cwd: Path) -> list[str]:
    """What bash offers at the end of the line, by the words and variables that it sets itself."""
    script = r"""
        source <("$PROGRAM" completion bash)
        COMP_LINE=$LINE COMP_POINT=${#LINE}
        read -ra COMP_WORDS <<<"$LINE"; [[ $LINE == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        complete -p farmctl >/dev/null
        _farmctl farmctl "${COMP_WORDS[COMP_CWORD]}" ""
        ((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
        true
    """
    program = client.programs / "farmctl"
    env = {**client.env, "PROGRAM": str(program), "LINE": line, "PATH": f"{client.programs}:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-euc", script], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


def test_bash_completes_verbs_options_values_services_and_files(client, market):
    verbs = complete_in_bash(client, "farmctl ", market)
    assert {"submit", "plan", "local", "completion", "man"} <= set(verbs)
    assert complete_in_bash(client, "farmctl subm", market) == ["submit"]
    assert complete_in_bash(client, "farmctl submit --supers", market) == ["--supersede"]
    assert complete_in_bash(client, "farmctl submit --annotations gi", market) == ["github", "gitlab"]
    assert complete_in_bash(client, "farmctl submit --output=j", market) == ["json"], "bash has split the word at ="
    assert complete_in_bash(client, "farmctl submit game", market) == ["game_shard_rust_shard_01", "game_shard_rust_shard_02"]
    assert complete_in_bash(client, "farmctl submit orchestrator_rust orch", market) == [], "it stands there already"
    assert complete_in_bash(client, "farmctl submit --file docker-compose.o", market) == ["docker-compose.override.yml"]
    assert complete_in_bash(client, "farmctl local u", market) == ["up"]
    assert complete_in_bash(client, "farmctl help local d", market) == ["down"]
    assert complete_in_bash(client, "farmctl cancel ", market) == [], "no farm, no builds, and no waiting"


def test_bash_offers_nothing_where_the_project_is_broken(client, market):
    (market / "docker-compose.yml").write_text("services: [")
    assert complete_in_bash(client, "farmctl submit ", market) == []


def test_bash_completes_builds_and_agents_of_the_farm(local_farm, tmp_path):
    project = write_project(tmp_path / "known", {"known": f"FROM debian:bookworm-slim\nRUN echo {FRESH} known\n"}, "known")
    build = submit(local_farm, project)["build"]
    assert str(build) in complete_in_bash(local_farm, "farmctl watch ", project)
    assert complete_in_bash(local_farm, "farmctl drain local-", project) == ["local-1", "local-2"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_is_of_its_shell_s_language(client, shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(client.run("completion", shell).out)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run([program, "-n", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_fish_completes_with_what_a_verb_does(client, market):
    if shutil.which("fish") is None:
        pytest.skip("no fish here")
    script = "source (farmctl completion fish | psub); complete -C $LINE"
    offered = {}
    for line in ("farmctl loc", "farmctl submit game_shard_rust_shard_02 ga"):
        env = {**client.env, "PATH": f"{client.programs}:/usr/bin:/bin", "LINE": line}
        offered[line] = subprocess.run(["fish", "-c", script], cwd=market, env=env, capture_output=True, text=True, check=True).stdout
    assert list(offered.values()) == ["local\ta farm on this machine, without configuration\n", "game_shard_rust_shard_01\n"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_tab_key_completes_in_each_shell_at_a_terminal(client, market, shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here: tools/install.sh --for test installs it")
    (market / "only-one-like-it.yml").write_text("services: {}\n")
    driven = shells.Shell(shell, program, client, market, tmp_path / "shell")
    try:
        assert driven.run("farmctl subm\t\n") == ["submit"]
        assert driven.run("farmctl local do\t--pu\t\n") == ["local", "down", "--purge"]
        assert driven.run("farmctl submit --supers\tkey orch\t\n") == ["submit", "--supersede", "key", "orchestrator_rust"]
        assert driven.run("farmctl submit --output=j\t\n") == ["submit", "--output=json"]
        assert driven.run("farmctl logs --tail 5 sig\t\n") == ["logs", "--tail", "5", "signal_processor_rust"]
        assert driven.run("farmctl plan -f only-o\t\n") == ["plan", "-f", "only-one-like-it.yml"]
        assert driven.run("farmctl completion z\t\n") == ["completion", "zsh"]
    finally:
        driven.close()


def test_an_unknown_shell_is_refused(client):
    assert client.run("completion", "tcsh").code == 2


def test_there_is_a_page_for_each_verb(client, pages):
    names = {page.name for page in pages}
    verbs = set(complete_in_bash(client, "farmctl ", client.home))
    assert names == {"farmctl.1", *(f"farmctl-{verb}.1" for verb in verbs)}


def test_groff_has_nothing_to_say_about_the_pages(pages):
    for page in pages:
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-b", page], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, f"{page.name}: {done.stderr}"
        assert "EXIT STATUS" in re.sub(".\b", "", done.stdout)  # without what makes it bold


def test_whatis_reads_each_page_s_name(pages):
    if shutil.which("lexgrog") is None:
        pytest.skip("no lexgrog: the package man-db has it")
    for page in pages:
        done = subprocess.run(["lexgrog", page], capture_output=True, text=True, check=False)
        assert f'"{page.stem} - ' in done.stdout, done.stdout + done.stderr


def examples_of(help_text: str) -> list[str]:
    """The commands under "Examples:"; what stands behind three blanks explains them."""
    _, found, rest = help_text.partition("Examples:\n")
    return [re.split(r"\s{3,}|\s[|>]\s", line.strip())[0] for line in rest.splitlines() if line.strip()] if found else []


def test_each_verb_s_help_has_examples_that_farmctl_takes(client, programs, pages, tmp_path):
    for page in pages:
        verb = page.stem.removeprefix("farmctl").strip("-").split()
        text = client.run(*verb, "--help").out
        examples = [line for line in examples_of(text) if line.startswith("farmctl ")]
        assert examples, f"`farmctl {' '.join(verb)} --help` has no example"
        for line in examples:
            done = ci_files.parse(programs, line, tmp_path)
            assert done.returncode == 0, f"{verb}: {line}\n{done.stderr}"


def test_pages_and_scripts_are_installed(programs, tmp_path):
    build = programs.parent
    if not (build / "cmake_install.cmake").exists():
        pytest.skip(f"{build} is no build folder")
    subprocess.run(["cmake", "--install", build, "--component", "farmctl", "--prefix", tmp_path], check=True, capture_output=True)
    share = tmp_path / "share"
    assert (share / "man/man1/farmctl-submit.1.gz").exists()
    for name in ("bash-completion/completions/farmctl", "zsh/site-functions/_farmctl", "fish/vendor_completions.d/farmctl.fish"):
        assert "__complete" in (share / name).read_text()
