from tests.halls.conftest import acquirer_process, boss_process, made
from tests.smsc_process import smsc, smsc_process

__all__ = ["acquirer_process", "boss_process", "made", "smsc", "smsc_process"]
