"""How every process of the platform begins: settings, logs, addresses."""

import os

from adapters.embedded import resolve_embedded
from adapters.observability.logging import configure_logging
from adapters.settings import Settings, load_settings


def begin_process(name: str) -> Settings:
    """Read the settings, set up logs under this name, and find the embedded servers.

    Raises:
        SettingsError: a setting is wrong.
        EmbeddedServerError: a server is to be embedded, and none runs.
    """
    settings = load_settings(os.environ)
    configure_logging(settings, process=name)
    return resolve_embedded(settings)
