"""Makes .venv and installs a requirements file into it, when either is missing or has changed.

Run by whatever `python3` there is, so it needs nothing but the standard library and no new syntax.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NAMES = ["python3.11", "python3.12", "python3.13", "python3.14", "python3"]


class Trouble(Exception):
    """A sentence for the person at the terminal."""


def main(name: str) -> None:
    if not works(PYTHON):
        make_venv()
    wanted = fingerprint(name)
    stamp = VENV / ".installed-{}".format(name)
    if not (stamp.exists() and stamp.read_text() == wanted):
        install(name)
        stamp.write_text(wanted)


def works(python: object) -> bool:
    return succeeds(python, "import sys; sys.exit(sys.version_info < {})".format(OLDEST))


def succeeds(python: object, code: str) -> bool:
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call([str(python), "-c", code], stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


def make_venv() -> None:
    python = find_python()
    if not succeeds(python, "import ensurepip, venv"):
        raise Trouble(
            "{} cannot make virtual environments: its venv module is missing. "
            "On Debian and Ubuntu: apt-get install python3-venv. Then run make again.".format(python)
        )
    say("Making .venv")
    try:
        if VENV.exists():
            shutil.rmtree(str(VENV))
        VENV.mkdir()
    except OSError as error:
        raise Trouble("{} cannot be written ({}).".format(VENV, error.strerror))
    run([python, "-m", "venv", str(VENV)], "The virtual environment could not be made")


def find_python() -> str:
    found = [sys.executable] + [path for path in map(shutil.which, NAMES) if path]
    for python in found:
        if works(python):
            return python
    have = ".".join(map(str, sys.version_info[:3]))
    raise Trouble("Kafkaviz needs Python {}.{} or newer; python3 is {}.".format(OLDEST[0], OLDEST[1], have))


def fingerprint(name: str) -> str:
    lines = (ROOT / name).read_text()
    included = [line[3:].strip() for line in lines.splitlines() if line.startswith("-r ")]
    whole = lines + "".join((ROOT / each).read_text() for each in included)
    return hashlib.sha256(whole.encode()).hexdigest()


def install(name: str) -> None:
    say("Installing {}".format(name))
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", str(ROOT / name)], "{} could not be installed; is there a network?".format(name))


def run(command: list, sentence: str) -> None:  # type: ignore[type-arg]
    # Installing as root in a container is meant; pip's warning about it is not for the reader.
    env = dict(os.environ, PIP_ROOT_USER_ACTION="ignore")
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-2000:])
        raise Trouble(sentence)


def say(text: str) -> None:
    print(text + " ...", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Trouble as trouble:
        sys.exit(str(trouble))
    except OSError as error:
        sys.exit("{}: {}.".format(error.filename or ROOT, error.strerror))
    except KeyboardInterrupt:
        sys.exit(130)
