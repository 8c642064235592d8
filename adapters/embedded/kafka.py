"""A real Apache Kafka under our data folder: one node (KRaft), on this machine only."""

import base64
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from adapters.embedded.java import java_program
from adapters.embedded.java_server import JavaServer, free_port, is_listening
from adapters.embedded.kafka_configuration import KafkaPorts, configuration
from adapters.embedded.maven import Distribution, run_program

KAFKA = Distribution(name="kafka", goal="dependency:copy-dependencies")

_ANSWER_MILLISECONDS = 2_000


class EmbeddedKafka(JavaServer):
    """Kafka for one data folder, as a context manager; see `JavaServer`."""

    name: ClassVar[str] = "Kafka"
    # After kill -9 it reads its logs again.
    start_seconds_maximum: ClassVar[float] = 120.0

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients; the same again after a restart, unless the port was taken."""
        return f"127.0.0.1:{self._ports().broker}"

    @property
    def address(self) -> str:
        """Where it answers, for people."""
        return self.bootstrap_servers

    def _prepare(self) -> Sequence[str | Path]:
        libraries = KAFKA.resolve()
        before = self._ports() if self._ports_file.exists() else None
        ports = KafkaPorts(
            broker=free_port(before.broker if before else None),
            controller=free_port(before.controller if before else None),
        )
        self._ports_file.write_bytes(msgspec.json.encode(ports))
        log_directory = self.directory / "log"
        properties = self.directory / "server.properties"
        properties.write_text(configuration(ports, str(log_directory)))
        class_path = ["-cp", f"{libraries}/*"]
        if not (log_directory / "meta.properties").exists():
            self._format(class_path, properties)
        # The binding writes to standard error, which is our log file.
        logging = ["showDateTime=true", "dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ"]
        options = [f"-Dorg.slf4j.simpleLogger.{setting}" for setting in logging]
        return [*options, *class_path, "kafka.Kafka", properties]

    def _answers(self) -> bool:
        # The client would log every attempt that is refused.
        if not is_listening(self._ports().broker):
            return False
        try:
            client = KafkaAdminClient(
                bootstrap_servers=self.bootstrap_servers,
                bootstrap_timeout_ms=_ANSWER_MILLISECONDS,
                request_timeout_ms=_ANSWER_MILLISECONDS,
            )
        except KafkaError:
            return False
        try:
            brokers = client.describe_cluster()["brokers"]
            # A fenced one takes no records yet.
            return any(not broker["is_fenced"] for broker in brokers)
        except KafkaError:
            return False
        finally:
            client.close()

    @property
    def _ports_file(self) -> Path:
        return self.directory / "ports.json"

    def _ports(self) -> KafkaPorts:
        return msgspec.json.decode(self._ports_file.read_bytes(), type=KafkaPorts)

    def _format(self, class_path: Sequence[str], properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # Else it would be taken for an option.
        cluster = cluster.replace("-", "_")
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        command = [str(java_program()), *class_path, *tool]
        run_program(command, self.directory, "Kafka's storage could not be made")
