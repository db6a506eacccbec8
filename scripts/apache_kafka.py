"""A real Apache Kafka on this machine, without Docker: KRaft brokers from Maven Central, for developers and tests.

`python -m scripts.apache_kafka --brokers 3` runs one until Ctrl-C; `make kafka BROKERS=3` calls it.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts.ports import free_ports

HERE = Path(__file__).resolve().parent / "kafka"
HOME = HERE.parent.parent / ".kafka"
LIBS = HOME / "libs"
FIRST_PORT = 9092
_HEAP = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_OLDEST_JAVA = 17
_PATIENCE = 90.0
_PLAIN = "PLAINTEXT"
_STOPPING = {signal.SIGINT, signal.SIGTERM}


class KafkaFailed(Exception):
    """Kafka can't be had or did not start; the text is for people."""


def fetch() -> None:
    """Have Maven bring the broker's jar files into `LIBS`, unless this very pom.xml has been served already.

    Raises KafkaFailed, also where the jar files are there but no java is.
    """
    _need("java", f"a Java runtime, version {_OLDEST_JAVA} or newer")
    HOME.mkdir(exist_ok=True)
    with (HOME / "fetching").open("w") as lock:
        # Another process may be at it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch_once()


def _fetch_once() -> None:
    stamp, wanted = LIBS / "pom.xml", (HERE / "pom.xml").read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _need("mvn", "Maven")
    shutil.rmtree(LIBS, ignore_errors=True)
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(HERE / "pom.xml"), f"-Dlibs={LIBS}", "package"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise KafkaFailed(f"Maven could not fetch Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
    stamp.write_text(wanted)


def _need(tool: str, package: str) -> None:
    if not shutil.which(tool):
        raise KafkaFailed(f"Apache Kafka needs {package}: {tool} was not found.")


class ApacheKafka:
    """Combined broker and controller nodes 1..n on loopback, their data in `folder`.

    `listeners` are further ones beside the plain one, name to security protocol; `properties` are added to each
    node's own. A node's log is `node<n>.log` in the folder.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        first_port: int | None = None,
        listeners: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.nodes = folder, list(range(1, brokers + 1))
        self._protocols = {_PLAIN: _PLAIN, **(listeners or {})}
        self._properties = dict(properties or {})
        names = [*self._protocols, "CONTROLLER"]
        ports = _ports(len(names) * brokers, first_port)
        self._ports = {name: [next(ports) for _ in self.nodes] for name in names}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap_servers(self) -> str:
        return self.address()

    def address(self, listener: str = _PLAIN) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self._ports[listener])

    def start(self) -> ApacheKafka:
        """Format what is new, start all nodes, wait until every listener answers. Raises KafkaFailed."""
        fetch()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._format()
        _unless_stopped()
        for node in self.nodes:
            self.launch(node)
        for node in self.nodes:
            self.wait(node)
        return self

    def launch(self, node: int) -> None:
        """Start one node's process; does not wait."""
        with (self.folder / f"node{node}.log").open("ab") as log:
            self._processes[node] = subprocess.Popen(
                _java("kafka.Kafka", str(self._config(node))),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self, node: int) -> None:
        """Until the node's listeners take connections. Raises KafkaFailed."""
        end = time.monotonic() + _PATIENCE
        for name in self._protocols:
            while not _listens(self._ports[name][node - 1]):
                if self._processes[node].poll() is not None or time.monotonic() > end:
                    raise _failed(f"Node {node} did not start", self.log(node))
                _unless_stopped()
                time.sleep(0.1)
        _unless_stopped()

    def log(self, node: int) -> str:
        return (self.folder / f"node{node}.log").read_text(errors="replace")

    def kill(self, node: int) -> None:
        """SIGKILL, as when a machine loses power."""
        self._processes[node].kill()
        self._processes[node].wait()

    def restart(self, node: int) -> None:
        self.launch(node)
        self.wait(node)

    def stop(self) -> None:
        """Ask all nodes to end; those that do not within some seconds are killed."""
        for process in self._processes.values():
            process.terminate()
        end = time.monotonic() + 10
        for process in self._processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _format(self) -> None:
        identities = self._identities()
        formatting = []
        for node in self.nodes:
            self._config(node).write_text(self._render(node))
            if not self._is_formatted(node):
                # What an interrupted start left.
                shutil.rmtree(self._data(node), ignore_errors=True)
                formatting.append(self._formatter(node, identities))
        # All of them end before any is judged: none may be left behind.
        done = [(process, process.communicate()[0]) for process in formatting]
        for process, output in done:
            if process.returncode:
                raise _failed("Kafka could not format its storage", output)

    def _formatter(self, node: int, identities: Sequence[str]) -> subprocess.Popen[str]:
        options = ["--config", str(self._config(node)), "--cluster-id", identities[0]]
        options += ["--initial-controllers", self._controllers(identities[1:])]
        command = _java("kafka.tools.StorageTool", "format", *options)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _is_formatted(self, node: int) -> bool:
        """The file is what Kafka writes last."""
        return (self._data(node) / "meta.properties").exists()

    def _data(self, node: int) -> Path:
        return self.folder / f"node{node}"

    def _identities(self) -> list[str]:
        """The cluster's id and each node's directory id, kept for later starts. Raises KafkaFailed."""
        path = self.folder / "identities"
        if not path.exists():
            path.write_text("\n".join(_kafka_uuid() for _ in range(len(self.nodes) + 1)))
        found = path.read_text().split("\n")
        if len(found) != len(self.nodes) + 1:
            raise KafkaFailed(
                f"{self.folder} holds the data of {len(found) - 1} brokers, not of {len(self.nodes)}. "
                "Choose another folder."
            )
        return found

    def _controllers(self, directories: Sequence[str]) -> str:
        ports = self._ports["CONTROLLER"]
        return ",".join(
            f"{node}@127.0.0.1:{port}:{directory}"
            for node, port, directory in zip(self.nodes, ports, directories, strict=True)
        )

    def _config(self, node: int) -> Path:
        return self.folder / f"node{node}.properties"

    def _render(self, node: int) -> str:
        own = {name: ports[node - 1] for name, ports in self._ports.items()}
        listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in own.items())
        protocols = {**self._protocols, "CONTROLLER": _PLAIN}
        properties = {
            "process.roles": "broker,controller",
            "node.id": str(node),
            "controller.quorum.bootstrap.servers": self.address("CONTROLLER"),
            "listeners": listeners,
            "advertised.listeners": listeners,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": _PLAIN,
            "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in protocols.items()),
            "log.dirs": str(self._data(node)),
            **cluster_properties(len(self.nodes)),
            **self._properties,
        }
        return "".join(f"{name}={value}\n" for name, value in properties.items())


def cluster_properties(brokers: int) -> dict[str, str]:
    """Replication that fits, and the minimums that let a room learn of a dead member or broker within seconds."""
    replicas, in_sync = (3, 2) if brokers >= 3 else (1, 1)
    internal = {
        f"{topic}.{name}": str(value)
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
        for name, value in (("replication.factor", replicas), ("num.partitions", 3))
    }
    return internal | {
        "transaction.state.log.min.isr": str(in_sync),
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        "share.coordinator.state.topic.min.isr": str(in_sync),
        "default.replication.factor": str(replicas),
        "min.insync.replicas": str(in_sync),
        "auto.create.topics.enable": "false",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": "16777216",
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "3000",
        "group.consumer.min.heartbeat.interval.ms": "100",
        "group.consumer.heartbeat.interval.ms": "300",
        "group.share.min.session.timeout.ms": "1000",
        "group.share.session.timeout.ms": "3000",
        "group.share.min.heartbeat.interval.ms": "100",
        "group.share.heartbeat.interval.ms": "300",
        "group.share.min.record.lock.duration.ms": "1000",
        "group.share.record.lock.duration.ms": "3000",
    }


def _unless_stopped() -> None:
    """A signal that waits for `main` has reached only those who were born by then. Raises KafkaFailed."""
    if signal.sigpending() & _STOPPING:
        raise KafkaFailed("Kafka was stopped while it started.")


def tool(main_class: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one of Kafka's own command line tools, such as org.apache.kafka.tools.consumer.ConsoleConsumer."""
    return subprocess.run(_java(main_class, *arguments), capture_output=True, text=True, timeout=timeout)


def _java(main_class: str, *arguments: str) -> list[str]:
    options = [*_HEAP, f"-Dlog4j2.configurationFile={HERE / 'log4j2.xml'}", "-cp", f"{LIBS}/*"]
    return ["java", *options, main_class, *arguments]


def _failed(what: str, output: str) -> KafkaFailed:
    """With the end of what Kafka printed, unless that is only a long way to say that Java is too old."""
    if "UnsupportedClassVersionError" in output:
        return KafkaFailed(
            f"Apache Kafka needs Java {_OLDEST_JAVA} or newer; the one that was found is older."
        )
    return KafkaFailed(f"{what}:\n{output[-2000:]}")


def _kafka_uuid() -> str:
    """16 random bytes as Kafka writes them: URL-safe base64 without padding, and no dash in front."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _ports(count: int, first: int | None) -> Iterator[int]:
    """`count` ports from `first` on, or any that are free now."""
    return iter(free_ports(count) if first is None else range(first, first + count))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs Apache Kafka on this machine until Ctrl-C.")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="of the first broker")
    parser.add_argument("--folder", type=Path, help="for its data (default: one for this port, in .kafka)")
    given = parser.parse_args()
    if trouble := _unusable(range(given.port, given.port + 2 * given.brokers)):
        sys.exit(trouble)
    print("Starting Apache Kafka ...", file=sys.stderr, flush=True)
    folder = given.folder or HOME / f"data-{given.brokers}-{given.port}"
    try:
        _run(ApacheKafka(folder, given.brokers, given.port))
    except KafkaFailed as failure:
        # Ctrl-C reaches Maven and the brokers, too, and that they ended is then no failure.
        if not signal.sigpending() & _STOPPING:
            sys.exit(str(failure))


def _unusable(ports: range) -> str:
    """Why we can't listen on all of them, in a sentence; empty if we can."""
    if ports[0] < 1 or ports[-1] > 65535:
        return f"There is no port {ports[0] if ports[0] < 1 else ports[-1]}. Choose others: make kafka KAFKA_PORT=19092"
    taken = next(filter(_listens, ports), None)
    if taken:
        return (
            f"Port {taken} is in use: is a Kafka running already? Choose others: make kafka KAFKA_PORT=19092"
        )
    return ""


def _run(kafka: ApacheKafka) -> None:
    """Until a signal. Raises KafkaFailed."""
    try:
        kafka.start()
        print("Apache Kafka runs. In another terminal:\n")
        print(f"  make run KAFKA_BOOTSTRAP_SERVERS={kafka.bootstrap_servers}\n")
        print("Ctrl-C stops it; its data stays in .kafka/.", flush=True)
        signal.sigwait(_STOPPING)
    finally:
        kafka.stop()


if __name__ == "__main__":
    # Waited for, not handled. The brokers inherit the mask, but Java unblocks these signals for itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    main()
