"""How the embedded Kafka is set up: one node, which is broker and controller."""

import msgspec

_SETTINGS = """\
# Written at every start of the platform.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker_port}
log.dirs={log_directory}

# A misspelt topic is an error; whoever needs one makes it, with the settings that it needs.
auto.create.topics.enable=false
# There is nobody to hold a second copy.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Only a new session may follow one that was killed: short, there is no network to be patient with.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
group.initial.rebalance.delay.ms=0

num.network.threads=2
num.io.threads=4
"""


class KafkaPorts(msgspec.Struct, frozen=True):
    """Where the node listens; kept, so that clients find it again after a restart."""

    broker: int
    controller: int


def configuration(ports: KafkaPorts, log_directory: str) -> str:
    """The text of `server.properties`."""
    return _SETTINGS.format(
        broker_port=ports.broker,
        controller_port=ports.controller,
        # A backslash would be an escape; everything else stands for itself.
        log_directory=log_directory.replace("\\", "\\\\"),
    )
