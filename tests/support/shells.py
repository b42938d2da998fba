"""Terminals: real shells with keys pressed (what TAB makes of a line), and what farmctl draws."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

# Each shell's words that load the completion as its user would, and its prompt.
SETUP = {
    "bash": 'source <("$REAL" completion bash); PS1="ready> "\n',
    "zsh": 'fpath=("$FOLDER" $fpath); autoload -Uz compinit; compinit -u -d "$FOLDER/dump"; PROMPT="ready> "\n',
    "fish": 'source ("$REAL" completion fish | psub); function fish_prompt; echo "ready> "; end\n',
}
ARGUMENTS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"], "fish": ["--no-config", "-i"]}
# farmctl that writes its words down, one a line, and is the real one for completion.
RECORDER = """#!/bin/sh
[ "$1" = __complete ] && exec "$REAL" "$@"
printf '%s\\n' "$@" >"$FOLDER/words.new"; mv "$FOLDER/words.new" "$FOLDER/words"
"""


class Shell:
    """An interactive shell in `cwd` in which `farmctl` is completed."""

    def __init__(self, shell: str, program: str, client, cwd: Path, folder: Path):
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        recorder = folder / "bin/farmctl"
        recorder.write_text(RECORDER)
        recorder.chmod(0o755)
        done = subprocess.run([client.programs / "farmctl", "completion", "zsh"], check=True, capture_output=True, text=True)
        (folder / "_farmctl").write_text(done.stdout)
        env = {
            **client.env, "REAL": str(client.programs / "farmctl"), "FOLDER": str(folder), "PATH": f"{folder}/bin:/usr/bin:/bin",
            "TERM": "xterm", "HOME": str(folder), "COLUMNS": "120", "LINES": "40",
        }  # fmt: skip
        self.screen = b""
        master, terminal = pty.openpty()
        self.master = master
        self.process = subprocess.Popen(
            [program, *ARGUMENTS[shell]], cwd=cwd, env=env, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(terminal)
        self.press(SETUP[shell])
        self.run("farmctl begun\n")

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def run(self, keys: str, seconds: float = 20) -> list[str]:
        """The words that farmctl got in the end."""
        words = self.folder / "words"
        self.press(keys)
        end = time.monotonic() + seconds
        while not words.exists():
            assert time.monotonic() < end and self.process.poll() is None, self.screen.decode(errors="replace")
            if select.select([self.master], [], [], 0.1)[0]:
                self.screen += os.read(self.master, 65536)
        got = words.read_text().splitlines()
        words.unlink()
        return got

    def close(self) -> None:
        self.process.kill()
        self.process.wait(30)
        os.close(self.master)


def run_at_terminal(client, *words, cwd: Path, columns: int, **variables) -> str:
    """All that farmctl writes to a terminal of so many columns."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 20, columns, 0, 0))
    env = {**{key: value for key, value in client.env.items() if key != "NO_COLOR"}, "TERM": "xterm", **variables}
    argv = [str(client.programs / "farmctl"), *words]
    process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    screen = b""
    try:
        while chunk := os.read(master, 65536):
            screen += chunk
    except OSError:  # how a terminal says that nobody is left
        pass
    os.close(master)
    code = process.wait(60)
    assert code == 0, screen.decode(errors="replace")
    return screen.decode(errors="replace")
