"""A test bed on one machine: a Docker Engine started by hand, and systemd containers in it as Docker hosts.

    with Testbed(tools_bin) as bed:
        registry = bed.start_registry(bed.gateway)
        host = bed.add_host("build1")
        host.start_buildkitd(registry.address)
        bed.cut(host); bed.join(host)

Needs root, docker.io, docker-registry, runc, debootstrap and zstd (tools/install.sh --for run,test). Everything lies
below one temporary folder and is removed at the end, also after a failure; what a killed run left behind is removed by
the next one.
"""

from .bed import Host, Testbed, lacking
from .engine import Engine, EngineError
from .hosts_farm import HostsFarm
from .processes import Failed, Process, free_port, wait_until
from .registry import Registry

__all__ = [
    "Engine", "EngineError", "Failed", "Host", "HostsFarm", "Process", "Registry", "Testbed", "free_port", "lacking",
    "wait_until",
]  # fmt: skip
