"""Jenkins, as far as docs/how-to/ci/Jenkinsfile needs it: a multibranch pipeline's stages, and their `sh` steps."""

import re
import string
import textwrap
from pathlib import Path

import attrs

from tests.docs.ci_machine import PUSH_IS_ALLOWED, Machine, Origin
from tests.support import Result, git

_STAGE = re.compile(r"^    stage\('(\w+)'\) \{\n(.*?)^    \}\n", re.MULTILINE | re.DOTALL)
_SH = re.compile(r"sh '''\n(.*?)^ *'''", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"^    (\w+) = \"(.*)\"$", re.MULTILINE)


@attrs.frozen
class Runner:
    """Runs the pipeline on a machine, for a repository; `keys` are the SSH keys among its credentials."""

    machine: Machine
    origin: Origin
    keys: dict[str, Path]

    def run(self, jenkinsfile: Path, ref: str, change: str = "") -> tuple[dict[str, Result], Path]:
        """Run the pipeline of `main`, or of a pull request; return what each stage gave, and the workspace."""
        text = jenkinsfile.read_text()
        folder = self.machine.folder("job")
        workspace = folder / "workspace"
        branch = f"PR-{change}" if change else "main"
        environ = self.machine.environment(
            JENKINS_URL="https://jenkins.example.com/",
            BUILD_URL="https://jenkins.example.com/job/veran/7/",
            WORKSPACE=str(workspace),
            WORKSPACE_TMP=str(folder / "tmp"),
            GIT_COMMIT=self.origin.head(ref),
            BRANCH_NAME=branch,
            GITGATES_ROOT=self.origin.root,
            **({"CHANGE_ID": change} if change else {}),
        )
        for name, value in _VARIABLE.findall(text):
            environ[name] = string.Template(value).substitute(environ)
        self._checkout(workspace, ref, branch)
        done: dict[str, Result] = {}
        for name, stage in _STAGE.findall(text):
            if ("changeRequest()" in stage and not change) or ("branch 'main'" in stage and change):
                continue
            (script,) = _SH.findall(stage)
            done[name] = self.machine.bash(
                textwrap.dedent(script), workspace, environ | self._credentials(stage), "-xe"
            )
            if done[name].code != 0:
                break
        return done, workspace

    def _credentials(self, stage: str) -> dict[str, str]:
        """Return what `withCredentials` sets."""
        found = {PUSH_IS_ALLOWED: "yes"} if "gitUsernamePassword" in stage else {}
        for credentials, variable in re.findall(r"credentialsId: '([\w-]+)', keyFileVariable: '(\w+)'", stage):
            found[variable] = str(self.keys[credentials])
        return found

    def _checkout(self, here: Path, ref: str, branch: str) -> None:
        """Do what the plug-in for git does: one branch, and a commit that is on none."""
        spec = f"+{ref}:refs/remotes/origin/{branch}"
        git(self.machine.path, "init", "--quiet", here)
        git(here, "remote", "add", "origin", self.origin.path)
        git(here, "config", "remote.origin.fetch", spec)
        git(here, "fetch", "--quiet", "--tags", "origin", spec)
        git(here, "checkout", "--quiet", "--detach", f"refs/remotes/origin/{branch}")
