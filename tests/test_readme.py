"""The README is true: its commands run, its transcripts are what is printed, its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("polyquote ")
]
TRANSCRIPTS = re.findall(r"```console\n\$ (polyquote [^\n]*)\n(.*?)```", README, re.DOTALL)
NEVER_ENDS = ("polyquote chat", "polyquote discord")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, seeds_index: Path) -> Path:
    """Return a folder like a fresh clone after `make ask`, with what the README's commands read."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "seeds").symlink_to(ROOT / "seeds")
    (folder / "config.example.toml").symlink_to(ROOT / "config.example.toml")
    (folder / "bot").symlink_to(ROOT / "bot")
    (folder / ".polyquote").symlink_to(seeds_index)
    (folder / "questions.txt").write_text("who replaced Altman?\n谁是OpenAI的第二大股东？\n", encoding="utf-8")
    (folder / "news").mkdir()
    for name in ("a.md", "b.md"):  # two generations, so that there is one to go back to
        (folder / "news" / name).write_text(f"Altman plans a chip company, says {name}.\n", encoding="utf-8")
        assert run("polyquote index news/ --index-dir news.index", folder).returncode == 0
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = f"{shlex.quote(sys.executable)} -m bot"
    line = re.sub(r"^polyquote", program, command)
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder)}
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith(NEVER_ENDS)])
def test_a_command_of_the_readme_runs(place: Path, command: str) -> None:
    done = run(command, place)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout or ">" in command


@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), TRANSCRIPTS, ids=[command for command, _ in TRANSCRIPTS])
def test_a_transcript_is_what_is_printed(place: Path, command: str, output: str) -> None:
    # The last digit of a confidence differs between processors: int8 products are rounded differently.
    said, shown = (re.sub(r"confidence \d\.\d\d", "confidence", text) for text in (run(command, place).stdout, output))
    assert said == shown


def test_there_is_something_to_hold() -> None:
    assert len(COMMANDS) > 5
    assert TRANSCRIPTS


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:|#)([^)]+)\)", README))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_target_of_make_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
