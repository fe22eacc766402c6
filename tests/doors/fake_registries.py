"""Stand-ins for uv, pip, npm and Node.js: what they install are the stand-ins for the SDKs."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEWEST = "12.3.4"
_NODE = shutil.which("node")  # found here, where the path is still that of this machine

_COMMAND = """\
#!{python}
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
words = sys.argv[1:]
with open({log!r}, "a") as log:
    print(*words, file=log)
"""

# bin/python of a virtual environment: this interpreter, with what was installed beside it.
_PYTHON = """\
#!/bin/sh
[ "$2" = pip ] && exec {folder}/pip "$0" "$@"
PYTHONPATH="${{0%/bin/python}}/site:{root}" exec {python} "$@"
"""

_VENV = """
if "venv" in words:
    shell = Path(words[-1], "bin", "python")
    shell.parent.mkdir()
    shell.write_text({shell!r})
    shell.chmod(0o755)
"""

_INSTALL = """
from tests.doors import fake_sdks
if "install" in words:
    python = words[words.index("--python") + 1] if "--python" in words else words[0]
    fake_sdks.write_python(Path(python).parents[1] / "site", words[-1].partition("==")[2] or {newest!r})
"""

_NPM = """
from tests.doors import fake_sdks
if "view" in words:
    print({newest!r})
else:
    fake_sdks.write_node(Path.cwd(), words[-1].rpartition("@")[2], engines=">=22.11.0")
"""


@dataclass(frozen=True)
class Machine:
    """A machine that has the commands of one folder, and a cache."""

    folder: Path
    cache: Path

    def command(self, name: str, source: str) -> None:
        """Install a command, in Python; `said` tells what it was run with."""
        head = _COMMAND.format(python=sys.executable, root=str(ROOT), log=str(self._log(name)))
        self._write(name, head + source)

    def uv(self) -> None:
        self.command("uv", self._venv() + _INSTALL.format(newest=NEWEST))

    def python_and_pip(self) -> Path:
        """A Python that makes virtual environments, and the pip that is in them."""
        self.command("python", self._venv())
        self.command("pip", _INSTALL.format(newest=NEWEST))
        return self.folder / "python"

    def npm(self) -> None:
        self.command("npm", _NPM.format(newest=NEWEST))

    def node(self, version: str, name: str = "node") -> Path:
        """A Node.js that says it is of ``version``."""
        self._write(name, f'#!/bin/sh\n[ "$1" = --version ] && echo {version} || exec {_NODE} "$@"\n')
        return self.folder / name

    def said(self, name: str) -> list[str]:
        """The words of each run of a command."""
        return self._log(name).read_text().splitlines()

    def cached(self) -> list[str]:
        return sorted(path.name for path in self.cache.iterdir())

    def _venv(self) -> str:
        shell = _PYTHON.format(folder=self.folder, root=ROOT, python=sys.executable)
        return _VENV.format(shell=shell)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def _log(self, name: str) -> Path:
        return self.folder.with_name(f"{name}.log")
