"""farmctl where it is not comfortable: narrow terminals, no colours, odd names, closed pipes, a home that can't be written."""

import os
import re
import subprocess

import pytest
import shells
from builds import FRESH, log_of, results, submit, write_project

ESCAPE = re.compile(r"\x1b\[[0-9;]*([A-Za-z])")
LONG = "a-name-of-a-service-that-goes-on-and-on-and-on-and-never-seems-to-end"


@pytest.fixture
def odd(local_farm, tmp_path):
    """Two services with long names that differ at their ends, and files whose names are no text."""
    text = f"FROM debian:bookworm-slim\nCOPY . /here\nRUN echo {FRESH} {tmp_path.name} && sleep 1 && ls /here | LC_ALL=C cat -v\n"
    folder = write_project(tmp_path / "odd", {f"{LONG}-one": text, f"{LONG}-two": text}, "oddnames")
    for name in (b"caf\xe9-\xff.txt", "日本-ü.txt".encode(), b"two\nlines"):
        with open(os.path.join(os.fsencode(folder / f"{LONG}-one"), name), "wb") as file:
            file.write(b"x")
    return folder


def test_a_narrow_terminal_without_colours_shows_which_job_does_what(local_farm, odd):
    screen = shells.run_at_terminal(local_farm, "submit", "--parallel", "all", cwd=odd, columns=40, NO_COLOR="1")
    drawn = screen[: screen.index("SERVICE")].split("\r\n")
    lines = [ESCAPE.sub("", line) for line in drawn]
    assert max(len(line) for line in lines if not line.startswith("pushing")) <= 40, lines
    assert any(line.startswith("image a-n…ds-to-end-one"[:10]) and "building" in line for line in lines), lines
    assert any("-one  local-" in line for line in lines) and any("-two  local-" in line for line in lines), "told apart by their ends"
    assert "m" not in ESCAPE.findall(screen), "NO_COLOR"


def test_colours_are_for_terminals_that_have_them(local_farm, odd):
    assert "m" in ESCAPE.findall(shells.run_at_terminal(local_farm, "submit", "--no-cache", cwd=odd, columns=100))
    assert not ESCAPE.findall(shells.run_at_terminal(local_farm, "submit", "--no-cache", cwd=odd, columns=100, TERM="dumb"))
    doctor = [shells.run_at_terminal(local_farm, "doctor", cwd=odd, columns=100, **no) for no in ({}, {"NO_COLOR": "1"})]
    assert [bool(ESCAPE.findall(text)) for text in doctor] == [True, False]


def test_files_whose_names_are_no_text_are_built_with(local_farm, odd):
    status = submit(local_farm, odd)
    log = log_of(local_farm, status, f"{LONG}-one")
    for name in ("cafM-i-M-^?.txt", "M-fM-^WM-%M-fM-^\\M-,-M-CM-<.txt", "two"):
        assert name in log, log


@pytest.mark.parametrize("variables", [{"XDG_CACHE_HOME": "/proc/nowhere"}, {"XDG_CACHE_HOME": "/dev/null"}, {"XDG_CACHE_HOME": "", "HOME": ""}])
def test_a_home_that_can_t_be_written_costs_time_only(local_farm, odd, variables, tmp_path):
    submit(local_farm, odd)
    client = local_farm.another(tmp_path / "client")
    client.extra_env |= variables
    assert set(results(submit(client, odd)).values()) == {"hit"}


@pytest.mark.parametrize("words", [("ps",), ("plan",), ("agents",), ("doctor",), ("man",), ("--help",)])
def test_a_reader_that_left_is_no_error_to_talk_about(local_farm, odd, words):
    reader, writer = os.pipe()
    os.close(reader)
    argv = [local_farm.programs / "farmctl", *words]
    done = subprocess.run(argv, cwd=odd, env=local_farm.env, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert "internal error" not in done.stderr
    assert done.stderr == "", done.stderr
