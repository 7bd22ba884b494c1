"""The settings of one process: from flags, the environment and a `.env`, described by themselves."""

from gateway.settings.describing import SettingRow, describe_settings, settings_markdown
from gateway.settings.loading import load_settings, read_settings
from gateway.settings.model import Settings
from gateway.settings.problems import SettingsError

__all__ = [
    "SettingRow",
    "Settings",
    "SettingsError",
    "describe_settings",
    "load_settings",
    "read_settings",
    "settings_markdown",
]
